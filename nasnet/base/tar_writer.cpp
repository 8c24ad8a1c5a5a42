#include "nasnet/base/tar_writer.h"

#include <archive_entry.h>
#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/utf8_locale.h"

// Plain POSIX tars, with an extended header only for names that the old one does not hold, so that
// every tool reads them.

namespace nasnet {

TarWriter::TarWriter(const std::filesystem::path& path)
    : file_(path), path_(path.string()), tar_(archive_write_new(), archive_write_free) {
  archive_write_set_format_pax_restricted(tar_.get());
  // As it comes: size() is exact then, and the tar ends after its two blocks of zeros.
  archive_write_set_bytes_per_block(tar_.get(), 0);
  if (archive_write_open(tar_.get(), this, nullptr, write, nullptr) != ARCHIVE_OK) fail();
}

la_ssize_t TarWriter::write(archive* tar, void* self, const void* bytes, size_t size) {
  auto& own = *static_cast<TarWriter*>(self);
  try {
    own.file_.write(bytes, size);
  } catch (const SystemError& error) {
    own.fault_ = error.what();
    archive_set_error(tar, EIO, "%s", error.what());
    return -1;
  }
  own.written_ += size;
  return static_cast<la_ssize_t>(size);
}

void TarWriter::fail() const {
  if (!fault_.empty()) throw SystemError(fault_);
  const char* why = archive_error_string(tar_.get());
  throw SystemError(fmt::format("cannot write {}: {}", printable(path_), why ? why : "no reason"));
}

void TarWriter::add(const std::string& name, std::string_view bytes) {
  const Utf8Locale locale;
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), 0, 0);
  if (archive_write_header(tar_.get(), entry.get()) != ARCHIVE_OK) fail();
  const la_ssize_t written = archive_write_data(tar_.get(), bytes.data(), bytes.size());
  if (written != static_cast<la_ssize_t>(bytes.size())) fail();
}

void TarWriter::commit() {
  if (archive_write_close(tar_.get()) != ARCHIVE_OK) fail();
  file_.commit();
}

}  // namespace nasnet
