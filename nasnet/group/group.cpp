// Talks of all with all, made of exchanges. Each begins with the lengths, which have one size.

#include "nasnet/group/group.h"

#include <fmt/format.h>

namespace nasnet::group {
namespace {

std::span<std::byte> bytes_of(std::string& text) {
  return std::as_writable_bytes(std::span<char>(text));
}

/// Message `own` to everyone, everyone's into `all`, whose texts have the right lengths.
void talk(Group& group, std::string& own, std::vector<std::string>& all) {
  std::vector<Group::Outgoing> sent;
  std::vector<Group::Incoming> received;
  for (int rank = 0; rank < group.size(); ++rank) {
    if (rank == group.rank()) continue;
    sent.push_back({rank, bytes_of(own)});
    received.push_back({rank, bytes_of(all[rank])});
  }
  group.exchange(sent, received);
  all[group.rank()] = own;
}

}  // namespace

std::string process_name(int rank, int size) {
  return fmt::format("process {} of {}", rank + 1, size);
}

std::vector<std::string> Group::gather(const std::string& own) {
  constexpr size_t kDigits = 12;
  std::string length = fmt::format("{:0{}}", own.size(), kDigits);
  std::vector<std::string> lengths(size(), std::string(kDigits, '0'));
  talk(*this, length, lengths);
  std::vector<std::string> all;
  for (const std::string& one : lengths) all.emplace_back(std::stoull(one), '\0');
  std::string copy = own;
  talk(*this, copy, all);
  return all;
}

bool Group::any(bool own) {
  std::string flag(1, own ? '1' : '0');
  std::vector<std::string> flags(size(), "0");
  talk(*this, flag, flags);
  for (const std::string& one : flags)
    if (one == "1") return true;
  return false;
}

void Group::demand_same(const std::string& own, const std::string& what) {
  const std::vector<std::string> all = gather(own);
  for (int rank = 1; rank < size(); ++rank)
    if (all[rank] != all[0])
      throw InputError(fmt::format("{} has {} than the first: '{}' instead of '{}'",
                                   process_name(rank, size()), what, all[rank], all[0]));
}

}  // namespace nasnet::group
