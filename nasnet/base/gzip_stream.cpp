#include "nasnet/base/gzip_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet {
namespace {

constexpr char kMagic[] = {'\x1F', '\x8B'};

}  // namespace

GzipStream::GzipStream(const std::string& file) : file_(file, std::ios::binary) {
  if (!file_) throw SystemError(fmt::format("cannot read {}", printable(file)));
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
  while (stream_.avail_out == size) {
    if (status_ != Z_OK)
      throw InputError(fmt::format("its gzip data are corrupt: {}",
                                   stream_.msg ? stream_.msg : "they need a dictionary"));
    const bool more = fill();
    if (between_) {
      if (!more || *stream_.next_in != static_cast<Bytef>(kMagic[0])) return 0;
      inflateReset(&stream_);
      between_ = false;
    }
    if (!more) throw InputError("its gzip data are cut off");
    status_ = inflate(&stream_, Z_NO_FLUSH);
    between_ = status_ == Z_STREAM_END;
    if (between_ || status_ == Z_BUF_ERROR) status_ = Z_OK;
  }
  return size - stream_.avail_out;
}

}  // namespace nasnet
