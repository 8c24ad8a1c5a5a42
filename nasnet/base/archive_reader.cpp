#include "nasnet/base/archive_reader.h"

#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
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

/// nullptr where the system has none: names beyond ASCII are then missing.
locale_t utf8_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
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

ArchiveReader::ArchiveReader(std::string file)
    : file_(std::move(file)), reader_(archive_read_new(), archive_read_free) {
  add_filters(reader_.get());
  archive_read_support_format_tar(reader_.get());
  archive_read_support_format_zip(reader_.get());
  archive_read_support_format_7zip(reader_.get());
  archive_read_support_format_rar(reader_.get());
  archive_read_support_format_rar5(reader_.get());
  // libarchive's own message would not tell a missing file from a damaged one.
  if (::access(file_.c_str(), R_OK) != 0)
    throw SystemError(fmt::format("cannot read {}: {}", printable(file_), std::strerror(errno)));
  int opened = ARCHIVE_OK;
  if (GzipStream::is_gzip(file_)) {
    gzip_ = std::make_unique<GzipStream>(file_);
    unpacked_.resize(1 << 16);
    opened = archive_read_open(reader_.get(), this, nullptr, read_gzip, nullptr);
  } else {
    // 1 MiB a read: zip and 7z seek, tars are read through.
    opened = archive_read_open_filename(reader_.get(), file_.c_str(), 1 << 20);
  }
  if (opened != ARCHIVE_OK) fail();
  if (utf8_locale()) before_ = uselocale(utf8_locale());
}

ArchiveReader::~ArchiveReader() {
  if (before_) uselocale(before_);
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
  if ((archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR ||
      archive_filter_count(reader_.get()) > 1)
    return;
  std::array<char, 512> block;
  std::ifstream stream(file_, std::ios::binary);
  stream.seekg(-static_cast<std::streamoff>(block.size()), std::ios::end);
  const bool read = static_cast<bool>(stream.read(block.data(), block.size()));
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
  // A claim may be of any size; a file's own length bounds what is taken on trust.
  std::error_code ignored;
  const auto length = static_cast<uint64_t>(std::filesystem::file_size(file_, ignored));
  expected_ = archive_entry_size_is_set(entry) && !ignored
                  ? std::min<uint64_t>(static_cast<uint64_t>(archive_entry_size(entry)), length)
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

bool ArchiveReader::is_zip() const {
  return (archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

}  // namespace nasnet
