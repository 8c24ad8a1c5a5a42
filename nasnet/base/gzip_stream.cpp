#include "nasnet/base/gzip_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// zlib by hand, as libarchive's gzip filter does not look at the checksums (RFC 1952): a download
// that is damaged would read as good pictures with wrong pixels.

namespace nasnet {
namespace {

/// The first two bytes of every gzip member.
constexpr char kMagic[] = {'\x1F', '\x8B'};

}  // namespace

GzipStream::GzipStream(const std::string& file) : file_(file, std::ios::binary) {
  if (!file_) throw SystemError(fmt::format("cannot read {}", printable(file)));
  // 16 + the window's size asks zlib for gzip's header and checksum.
  if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK)
    throw SystemError("zlib could not be started; is there memory left?");
}

GzipStream::~GzipStream() {
  inflateEnd(&stream_);
}

bool GzipStream::is_gzip(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  char head[2] = {};
  return stream.read(head, 2) && std::equal(head, head + 2, kMagic);
}

bool GzipStream::fill() {
  if (stream_.avail_in > 0) return true;
  file_.read(packed_.data(), packed_.size());
  stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
  stream_.avail_in = static_cast<uInt>(file_.gcount());
  return stream_.avail_in > 0;
}

size_t GzipStream::read(char* out, size_t size) {
  stream_.next_out = reinterpret_cast<Bytef*>(out);
  stream_.avail_out = static_cast<uInt>(size);
  // Until there is at least one byte: 0 is the end's.
  while (stream_.avail_out == size) {
    // A fault is kept until the bytes before it have been handed out.
    if (status_ != Z_OK)
      throw InputError(fmt::format("its gzip data are corrupt: {}",
                                   stream_.msg ? stream_.msg : "they need a dictionary"));
    const bool more = fill();
    if (between_) {
      // Behind a member: another one, or padding that is ignored.
      if (!more || *stream_.next_in != static_cast<Bytef>(kMagic[0])) return 0;
      inflateReset(&stream_);
      between_ = false;
    }
    if (!more) throw InputError("its gzip data are cut off");
    status_ = inflate(&stream_, Z_NO_FLUSH);
    between_ = status_ == Z_STREAM_END;
    // Z_BUF_ERROR only says that this call made no progress: more input may help.
    if (between_ || status_ == Z_BUF_ERROR) status_ = Z_OK;
  }
  return size - stream_.avail_out;
}

}  // namespace nasnet
