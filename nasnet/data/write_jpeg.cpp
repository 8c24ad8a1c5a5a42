#include "nasnet/data/write_jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

// It needs FILE before it.
#include <jpeglib.h>

#include "nasnet/base/error.h"

// libjpeg leaves by longjmp where memory runs out: nothing with a destructor lives between.

namespace nasnet::data {
namespace {

struct JpegWriterErrors {
  jpeg_error_mgr base;
  std::jmp_buf leave;
};

[[noreturn]] void leave_writer(j_common_ptr info) {
  std::longjmp(reinterpret_cast<JpegWriterErrors*>(info->err)->leave, 1);
}

bool compress(const Image& image, int quality, unsigned char*& bytes, unsigned long& size) {
  jpeg_compress_struct info;
  JpegWriterErrors errors;
  info.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = leave_writer;
  if (setjmp(errors.leave)) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<uint8_t*>(image.pixels.data()) +
                size_t{info.next_scanline} * static_cast<size_t>(image.width) * 3;
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const bool done = compress(image, quality, bytes, size);
  std::string packed;
  if (done) packed.assign(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  if (!done) throw SystemError("a picture cannot be packed as JPEG");
  return packed;
}

}  // namespace nasnet::data
