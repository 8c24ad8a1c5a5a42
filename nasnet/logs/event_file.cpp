#include "nasnet/logs/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/base/unix_time.h"
#include "nasnet/data/tfrecord.h"

// Fields of the messages, as TensorFlow numbers them: Event in core/util/event.proto, Summary in
// core/framework/summary.proto, TensorProto in core/framework/tensor.proto.

namespace nasnet::logs {

namespace fs = std::filesystem;

namespace {

enum EventField { kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7 };
enum ValueField { kTag = 1, kSimpleValue = 2, kImage = 4, kTensor = 8, kMetadata = 9 };
/// Written at once where much is added.
constexpr size_t kPiece = size_t{1} << 20;
/// An older file beyond it is not looked at: its times are lost, no more.
constexpr size_t kLargest = size_t{1} << 30;

[[noreturn]] void fail(const fs::path& path) {
  throw SystemError(
      fmt::format("cannot write {}: {}", printable(path.string()), std::strerror(errno)));
}

/// A Summary of one value.
std::string summary_of(const ProtoWriter& value) {
  ProtoWriter summary;
  summary.message(1, value);
  return summary.bytes();
}

/// The number in a name "events.out.tfevents.NUMBER.IDENTITY.nasnet"; 0 for another name.
int64_t number_in(const std::string& name, const std::string& begin, const std::string& end) {
  if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end))
    return 0;
  const std::string digits = name.substr(begin.size(), name.size() - begin.size() - end.size());
  if (digits.size() > 12 || digits.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::stoll(digits);
}

}  // namespace

EventFile::EventFile(fs::path folder, const std::string& identity) : folder_(std::move(folder)) {
  const std::string begin = "events.out.tfevents.";
  const std::string end = "." + digest(identity, "sha256").substr(0, 12) + ".nasnet";
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    throw SystemError(
        fmt::format("cannot make {}: {}", printable(folder_.string()), error.message()));
  // Viewers read files in the order of their names.
  auto number = static_cast<int64_t>(unix_seconds());
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    const int64_t other = number_in(entry.path().filename().string(), begin, end);
    if (other == 0) continue;
    before_.push_back(entry.path());
    number = std::max(number, other + 1);
  }
  std::ranges::sort(before_);
  for (const fs::path& file : before_) read_old(file);
  path_ = folder_ / (begin + std::to_string(number) + end);
  // No viewer takes this name for a file of events.
  temporary_ = folder_ / ("writing" + end);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(temporary_);
  put(0, unix_seconds(), kFileVersion, "brain.Event:2");
  ProtoWriter restart;
  constexpr int kStart = 1;
  restart.integer(1, kStart);
  put(0, unix_seconds(), kSessionLog, restart.bytes());
}

EventFile::~EventFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!published_) ::unlink(temporary_.c_str());
}

void EventFile::read_old(const fs::path& file) {
  std::string bytes;
  try {
    bytes = read_file(file, kLargest);
  } catch (const Error&) {
    return;
  }
  std::string_view left = bytes;
  while (const auto record = data::take_record(left)) try {
      Old point;
      std::string tag;
      bool is_scalar = false;
      read_proto(*record, "an event", [&](const ProtoField& field) {
        if (field.number == kWallTime) point.when = field.real64();
        if (field.number == kStep) point.step = field.integer;
        if (field.number != kSummary) return;
        read_proto(field.text, "a summary", [&](const ProtoField& value) {
          read_proto(value.text, "a value", [&](const ProtoField& part) {
            if (part.number == kTag) tag = part.text;
            is_scalar = is_scalar || part.number == kSimpleValue;
          });
        });
      });
      if (is_scalar) old_[tag].push_back(point);
    } catch (const InputError&) {
      break;
    }
  for (auto& [tag, points] : old_) std::ranges::stable_sort(points, {}, &Old::step);
}

double EventFile::time_of(const Point& point) const {
  if (point.when > 0) return point.when;
  if (const auto tag = old_.find(point.tag); tag != old_.end()) {
    const auto found = std::ranges::lower_bound(tag->second, point.step, {}, &Old::step);
    if (found != tag->second.end() && found->step == point.step) return found->when;
  }
  return unix_seconds();
}

void EventFile::put(int64_t step, double when, int field, std::string_view content) {
  ProtoWriter event;
  event.real64(kWallTime, when);
  event.integer(kStep, step);
  event.text(field, content);
  waiting_ += data::framed_record(event.bytes());
  if (waiting_.size() >= kPiece) write_waiting();
}

void EventFile::add(const Point& point) {
  ProtoWriter value;
  value.text(kTag, point.tag);
  value.real(kSimpleValue, static_cast<float>(point.value));
  put(point.step, time_of(point), kSummary, summary_of(value));
}

void EventFile::add_image(const std::string& tag, int64_t step, std::string_view png) {
  // The sizes stand at the beginning of the file (PNG specification, 11.2.2).
  constexpr int kRgb = 3;
  ProtoWriter image;
  image.integer(1, static_cast<int64_t>(big_endian(png, 20, 4)));
  image.integer(2, static_cast<int64_t>(big_endian(png, 16, 4)));
  image.integer(3, kRgb);
  image.text(4, png);
  ProtoWriter value;
  value.text(kTag, tag);
  value.message(kImage, image);
  put(step, unix_seconds(), kSummary, summary_of(value));
}

void EventFile::add_text(const std::string& tag, int64_t step, const std::string& text) {
  constexpr int kString = 7;  // DT_STRING
  ProtoWriter dimension, shape, tensor, plugin, metadata, value;
  dimension.integer(1, 1);
  shape.message(2, dimension);
  tensor.integer(1, kString);
  tensor.message(2, shape);
  tensor.text(8, text);
  plugin.text(1, "text");
  metadata.message(1, plugin);
  value.text(kTag, tag);
  value.message(kTensor, tensor);
  value.message(kMetadata, metadata);
  put(step, unix_seconds(), kSummary, summary_of(value));
}

void EventFile::write_waiting() {
  size_t done = 0;
  while (done < waiting_.size()) {
    const ssize_t count = ::write(descriptor_, waiting_.data() + done, waiting_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      const int why = errno;
      // No record is left cut.
      [[maybe_unused]] const int cut = ::ftruncate(descriptor_, written_);
      errno = why;
      fail(published_ ? path_ : temporary_);
    }
    done += static_cast<size_t>(count);
  }
  written_ += static_cast<int64_t>(done);
  waiting_.clear();
}

void EventFile::publish() {
  write_waiting();
  if (published_) return;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_);
  published_ = true;
  for (const fs::path& file : before_) ::unlink(file.c_str());
  // Points that come from here on are new.
  old_.clear();
}

}  // namespace nasnet::logs
