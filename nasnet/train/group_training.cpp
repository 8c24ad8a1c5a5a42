#include "nasnet/train/group_training.h"

#include <nasnet/version.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/number_types.h"
#include "nasnet/kernels/target.h"
#include "nasnet/train/group_sum.h"

// The first process reads what was saved and hands it round, so that only it needs the folder.

namespace nasnet::train {
namespace {

using network::NamedTensor;

template <class Number>
std::vector<Number> numbers_in(const std::string& bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(Number));
  return numbers;
}

/// The first process's tensors, in all of them.
std::vector<Tensor> hand_round(group::Group& group, const std::vector<NamedTensor>& own) {
  std::vector<Tensor> all;
  std::vector<group::Group::Outgoing> sent;
  std::vector<group::Group::Incoming> received;
  for (const NamedTensor& one : own) all.push_back(*one.tensor);
  for (Tensor& one : all) {
    if (!group.leads()) {
      received.push_back({0, std::as_writable_bytes(one.change())});
      continue;
    }
    for (int rank = 1; rank < group.size(); ++rank)
      sent.push_back({rank, std::as_bytes(one.values())});
  }
  group.exchange(sent, received);
  return all;
}

}  // namespace

void demand_same_training(group::Group* group, const std::string& settings,
                          const std::string& data) {
  if (!group) return;
  group->demand_same(NASNET_VERSION, "another version of nasnet");
  group->demand_same(kernels::vector_target(),
                     "a processor with other vectors, whose sums have other last digits,");
  group->demand_same(settings, "other settings");
  group->demand_same(data, "other data (a digest of all images and labels)");
}

std::string of_first(group::Group* group, const std::string& own) {
  return group ? group->gather(group->leads() ? own : "")[0] : own;
}

void share_training(group::Group* group, Resumable& training) {
  if (!group) return;
  const std::string state = of_first(group, training.saved_state().dump());
  training.restore(hand_round(*group, training.saved_tensors()), nlohmann::json::parse(state));
}

void demand_same_weights(group::Group* group, const network::Network& network) {
  if (!group) return;
  std::string digests;
  for (const Tensor& one : network.tensors())
    digests += digest(bytes_of(one.row_major()), "sha256");
  try {
    group->demand_same(digest(digests, "sha256"), "other weights");
  } catch (const InputError& error) {
    throw SystemError(std::string(error.what()) +
                      ": a machine has computed wrongly; test its memory, and go on with --resume");
  }
}

std::vector<int64_t> own_share(const group::Group* group, std::vector<int64_t> list) {
  if (!group) return list;
  const ReplicaRange own = own_replicas(std::ssize(list), group);
  return {list.begin() + own.first, list.begin() + own.last};
}

Accuracy accuracy_of_all(group::Group* group, const Accuracy& own) {
  if (!group) return own;
  Accuracy all;
  std::vector<int64_t> counts = {own.correct, own.images};
  counts.insert(counts.end(), own.confusion.begin(), own.confusion.end());
  std::vector<int64_t> sums(counts.size());
  for (const std::string& theirs : group->gather(std::string(bytes_of(counts))))
    std::ranges::transform(sums, numbers_in<int64_t>(theirs), sums.begin(), std::plus());
  all.correct = sums[0];
  all.images = sums[1];
  all.confusion.assign(sums.begin() + 2, sums.end());
  // Their order is that of the ranks: added up in it, they give the mean of one process.
  for (const std::string& theirs : group->gather(std::string(bytes_of(own.losses))))
    std::ranges::copy(numbers_in<double>(theirs), std::back_inserter(all.losses));
  return all;
}

}  // namespace nasnet::train
