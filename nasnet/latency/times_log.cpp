#include "nasnet/latency/times_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"

namespace nasnet::latency {
namespace {

using nlohmann::json;

constexpr const char* kTimesSchema = "nasnet-latency-times-1";

json head_of(const Circumstances& of, const std::vector<MeasuredCell>& cells) {
  json head = {{"schema", kTimesSchema}, {"of", circumstances_to_json(of)}};
  for (const MeasuredCell& cell : cells) head["cells"].push_back(cell.choices);
  return head;
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw InputError(
      fmt::format("{}: {}; remove it, or choose another --out", printable(file.string()), why));
}

}  // namespace

TimesLog::TimesLog(std::filesystem::path file, const Circumstances& of,
                   const std::vector<MeasuredCell>& cells)
    : file_(std::move(file)) {
  const json head = head_of(of, cells);
  head_ = head.dump() + "\n";
  if (!std::filesystem::exists(file_)) {
    write_file(file_, head_);
    return;
  }
  constexpr size_t kLargest = size_t{64} << 20;
  const std::vector<std::string> lines = lines_of(read_file(file_, kLargest));
  const json known = lines.empty() ? json() : json::parse(lines[0], nullptr, false);
  if (!known.is_object() || known.value("schema", json()) != kTimesSchema || !known.contains("of"))
    refuse(file_, "no times of networks");
  demand_same(of, circumstances_from_json(known["of"], file_.string()), file_.string());
  if (known != head) refuse(file_, "its times are of other cells");
  for (size_t i = 1; i < lines.size(); ++i) {
    const json line = json::parse(lines[i], nullptr, false);
    if (line.is_discarded() && i + 1 == lines.size()) break;
    try {
      auto times = line.at("ms").get<std::vector<double>>();
      if (std::ranges::any_of(times, [](double ms) { return !(ms > 0) || !std::isfinite(ms); }))
        refuse(file_, fmt::format("line {} has a time that is none", i + 1));
      times_[{line.at("cell").get<int>(), line.at("round").get<int>()}] = std::move(times);
    } catch (const json::exception&) {
      refuse(file_, fmt::format("line {} is damaged", i + 1));
    }
  }
  write_all();
}

const std::vector<double>* TimesLog::find(Key key) const {
  const auto found = times_.find(key);
  return found == times_.end() || found->second.empty() ? nullptr : &found->second;
}

const std::vector<double>& TimesLog::add(Key key, std::vector<double> times) {
  const std::vector<double>& kept = times_[key] = std::move(times);
  if (!file_.empty()) {
    std::ofstream out(file_, std::ios::app | std::ios::binary);
    out << line_of(key) << std::flush;
    if (!out)
      throw SystemError(
          fmt::format("cannot write {}: {}", printable(file_.string()), std::strerror(errno)));
  }
  return kept;
}

void TimesLog::forget(const std::vector<int>& networks) {
  for (const int network : networks)
    std::erase_if(times_, [&](const auto& entry) { return entry.first.first == network; });
  if (!file_.empty()) write_all();
}

std::string TimesLog::name() const {
  return printable(file_.string());
}

void TimesLog::remove() {
  std::error_code none;
  if (!file_.empty()) std::filesystem::remove(file_, none);
}

std::string TimesLog::line_of(Key key) const {
  return json{{"cell", key.first}, {"round", key.second}, {"ms", times_.at(key)}}.dump() + "\n";
}

void TimesLog::write_all() const {
  std::string text = head_;
  for (const auto& [key, times] : times_) text += line_of(key);
  write_file(file_, text);
}

}  // namespace nasnet::latency
