#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

// libjpeg's header needs FILE before it.
#include <jpeglib.h>

namespace nasnet::data {

/// Sets what is particular of a JPEG before it is compressed.
using JpegChange = std::function<void(jpeg_compress_struct&)>;

/// A picture without symmetry; `change` sets what is particular before it is compressed. `stored`
/// is the colour space of the file, of which the pixels are `given`.
inline std::string jpeg(J_COLOR_SPACE given, J_COLOR_SPACE stored, const JpegChange& change = {},
                        int width = 45, int height = 31) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = given == JCS_CMYK ? 4 : given == JCS_GRAYSCALE ? 1 : 3;
  info.in_color_space = given;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, stored);
  jpeg_set_quality(&info, 92, TRUE);
  if (change) change(info);
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(width) * info.input_components);
  uint8_t* line = row.data();
  for (int y = 0; y < height; ++y) {
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = static_cast<uint8_t>(128 + 100 * std::sin(0.07 * static_cast<double>(i) + 0.2 * y) +
                                    (y > 9 && i % 50 < 20 ? 20 : -20));
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string out(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return out;
}

/// Samples of the three components across and down, as "2x2 1x1 1x1".
inline JpegChange sampled(const std::array<std::array<int, 2>, 3>& factors) {
  return [=](jpeg_compress_struct& info) {
    for (size_t i = 0; i < 3; ++i) {
      info.comp_info[i].h_samp_factor = factors[i][0];
      info.comp_info[i].v_samp_factor = factors[i][1];
    }
  };
}

}  // namespace nasnet::data
