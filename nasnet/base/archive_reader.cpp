#include "nasnet/base/archive_reader.h"

#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <regex>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"

// libarchive behind one class, with the checks that it lacks: the end of a tar and gzip's
// checksums. Its errors are put in words that say what to do with the file. Only filters and
// formats that are named here are on, as docs/data.md lists them.

namespace nasnet {
namespace {

constexpr const char* kKinds =
    "folders are read, and the archives tar (also packed by gz, bz2, xz, zst or lz4), zip, 7z, rar";

/// Headers are read alone, in small pieces, contents in ever larger ones.
constexpr size_t kLeastAhead = 1024, kMostAhead = size_t{1} << 20;

/// How files that are packed by gz, bz2, xz, zst and lz4 begin.
constexpr std::string_view kPackings[] = {"\x1F\x8B", "BZh",
                                          "\xFD"
                                          "7zXZ",
                                          "\x28\xB5\x2F\xFD", "\x04\x22\x4D\x18"};

/// By its name one of the parts that an archive was cut into: .001, .z01, .part2.rar, .r00.
bool is_part(const std::string& file) {
  static const std::regex kParts(R"(.*\.(\d{3}|[zr]\d\d|part\d+\.rar))", std::regex::icase);
  return std::regex_match(file.substr(file.size() - std::min<size_t>(file.size(), 20)), kParts);
}

/// True if the file begins as one that is packed as a whole does.
bool is_packed(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 6> bytes{};
  stream.read(bytes.data(), bytes.size());
  const std::string_view head(bytes.data(), bytes.size());
  return std::any_of(std::begin(kPackings), std::end(kPackings),
                     [&](std::string_view mark) { return head.starts_with(mark); });
}

}  // namespace

void add_filters(archive* reader) {
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_lzma(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_lz4(reader);
  archive_read_support_filter_compress(reader);
}

ArchiveReader::ArchiveReader(std::string file, const FileRange& range)
    : file_(std::move(file)),
      source_{OpenFile(file_), range.begin, 0, range.begin, {}, kLeastAhead},
      reader_(archive_read_new(), archive_read_free) {
  const uint64_t length = source_.file.stamp().size;
  source_.begin = source_.at = std::min(range.begin, length);
  source_.end = source_.begin + std::min(range.size, length - source_.begin);
  add_filters(reader_.get());
  archive_read_support_format_tar(reader_.get());
  archive_read_support_format_zip(reader_.get());
  archive_read_support_format_7zip(reader_.get());
  archive_read_support_format_rar(reader_.get());
  archive_read_support_format_rar5(reader_.get());
  int opened = ARCHIVE_OK;
  if (source_.begin == 0 && GzipStream::is_gzip(file_)) {
    gzip_ = std::make_unique<GzipStream>(file_);
    unpacked_.resize(1 << 16);
    opened = archive_read_open(reader_.get(), this, nullptr, read_gzip, nullptr);
  } else {
    archive_read_set_read_callback(reader_.get(), read_plain);
    archive_read_set_skip_callback(reader_.get(), skip_plain);
    archive_read_set_seek_callback(reader_.get(), seek_plain);
    archive_read_set_callback_data(reader_.get(), this);
    opened = archive_read_open1(reader_.get());
  }
  if (opened != ARCHIVE_OK) fail();
}

la_ssize_t ArchiveReader::read_plain(archive* reader, void* self, const void** bytes) {
  Source& source = static_cast<ArchiveReader*>(self)->source_;
  source.buffer.resize(std::max(source.buffer.size(), source.ahead));
  *bytes = source.buffer.data();
  try {
    const size_t read = source.file.read_at(
        source.at, source.buffer.data(), std::min<uint64_t>(source.ahead, source.end - source.at));
    source.at += read;
    source.ahead = std::min(2 * source.ahead, kMostAhead);
    return static_cast<la_ssize_t>(read);
  } catch (const SystemError& error) {
    archive_set_error(reader, EIO, "%s", error.what());
    return -1;
  }
}

la_int64_t ArchiveReader::skip_plain(archive*, void* self, la_int64_t bytes) {
  Source& source = static_cast<ArchiveReader*>(self)->source_;
  const uint64_t skipped = std::min(static_cast<uint64_t>(bytes), source.end - source.at);
  source.at += skipped;
  source.ahead = kLeastAhead;
  return static_cast<la_int64_t>(skipped);
}

la_int64_t ArchiveReader::seek_plain(archive*, void* self, la_int64_t offset, int whence) {
  Source& source = static_cast<ArchiveReader*>(self)->source_;
  const uint64_t base = whence == SEEK_SET   ? source.begin
                        : whence == SEEK_CUR ? source.at
                                             : source.end;
  const auto to = static_cast<int64_t>(base) + offset;
  if (to < static_cast<int64_t>(source.begin) || to > static_cast<int64_t>(source.end))
    return ARCHIVE_FATAL;
  source.at = static_cast<uint64_t>(to);
  source.ahead = kLeastAhead;
  return to - static_cast<int64_t>(source.begin);
}

la_ssize_t ArchiveReader::read_gzip(archive* reader, void* self, const void** bytes) {
  auto& own = *static_cast<ArchiveReader*>(self);
  *bytes = own.unpacked_.data();
  try {
    return static_cast<la_ssize_t>(own.gzip_->read(own.unpacked_.data(), own.unpacked_.size()));
  } catch (const InputError& error) {
    archive_set_error(reader, EIO, "%s", error.what());
    return -1;
  }
}

std::string ArchiveReader::error() const {
  const char* text = archive_error_string(reader_.get());
  return text ? printable(text) : "it ends too early";
}

void ArchiveReader::fail() const {
  const std::string why = error();
  const std::string name = printable(file_);
  // No format was recognised. A packed file without one may be cut off before the first header.
  if (archive_format(reader_.get()) == 0 && !is_packed(file_))
    throw InputError(fmt::format("{} is no archive ({}); {}", name, why, kKinds));
  if (why.find("encrypted") != std::string::npos)
    throw InputError(fmt::format("{} {}", name, kLocked));
  throw InputError(
      fmt::format("{} is not a whole archive ({}); {}", name, why,
                  is_part(file_) ? "join its parts first" : "copy or download it again"));
}

/// A tar ends in blocks of zeros; libarchive takes one that is cut between two members for whole.
/// The compressed kinds and zip tell their end themselves; gzip's checksum stands behind it.
void ArchiveReader::check_end() {
  if (gzip_) {
    try {
      while (gzip_->read(unpacked_.data(), unpacked_.size()) > 0) {
      }
    } catch (const InputError& error) {
      throw InputError(fmt::format("{} is not a whole archive ({}); copy or download it again",
                                   printable(file_), error.what()));
    }
    return;
  }
  if (!is_plain_tar()) return;
  std::array<char, 512> block;
  const bool read =
      source_.end - source_.begin >= block.size() &&
      source_.file.read_at(source_.end - block.size(), block.data(), block.size()) == block.size();
  if (!read || std::any_of(block.begin(), block.end(), [](char c) { return c != 0; }))
    throw InputError(
        fmt::format("{} is not a whole archive (its end is missing); copy or download it again",
                    printable(file_)));
}

archive_entry* ArchiveReader::next() {
  check_interrupt("stopped while reading");
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader_.get(), &entry);
  if (status == ARCHIVE_EOF) {
    if (archive_format(reader_.get()) == 0) fail();  // an empty file
    check_end();
    return nullptr;
  }
  // After a damaged header libarchive offers to look for the next: a member would be lost.
  if (status < ARCHIVE_WARN || status == ARCHIVE_RETRY) fail();
  // A claim may be of any size; the file's own length bounds what is taken on trust.
  expected_ = archive_entry_size_is_set(entry)
                  ? std::min<uint64_t>(static_cast<uint64_t>(archive_entry_size(entry)),
                                       source_.end - source_.begin)
                  : 0;
  return entry;
}

std::string ArchiveReader::content(const std::string& path, size_t largest) {
  std::string content;
  content.reserve(std::min<uint64_t>(expected_, largest));
  std::array<char, 1 << 16> buffer;
  for (;;) {
    const la_ssize_t size = archive_read_data(reader_.get(), buffer.data(), buffer.size());
    if (size == 0) return content;
    if (size < 0) {
      // After less than a fatal error libarchive finds the next header.
      lost_ = size == ARCHIVE_FATAL;
      throw InputError(fmt::format("{} cannot be unpacked ({})", path, error()));
    }
    content.append(buffer.data(), size);
    if (content.size() > largest)
      throw InputError(
          fmt::format("{} is larger than {} bytes, more than such a file may have", path, largest));
  }
}

bool ArchiveReader::is_plain_tar() const {
  return !gzip_ && archive_filter_count(reader_.get()) <= 1 &&
         (archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
}

uint64_t ArchiveReader::header_begin() const {
  return source_.begin + static_cast<uint64_t>(archive_read_header_position(reader_.get()));
}

uint64_t ArchiveReader::content_begin() const {
  return source_.begin + static_cast<uint64_t>(archive_filter_bytes(reader_.get(), 0));
}

bool ArchiveReader::is_zip() const {
  return (archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

}  // namespace nasnet
