#include "nasnet/data/idx.h"

#include <fmt/format.h>

#include <array>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/gzip_stream.h"

// MNIST's IDX form: a magic number (two zeros, the type of the values, the number of dimensions),
// then the dimensions' sizes of four bytes each, big-endian, then the values.

namespace nasnet::data {
namespace {

/// 0x08 are unsigned bytes, in three dimensions and in one.
constexpr uint32_t kImagesMagic = 0x803, kLabelsMagic = 0x801;
/// With such edges, and a count of 32 bits, the product of the three sizes fits 64 bits.
constexpr uint32_t kLargestEdge = 4096;
constexpr size_t kLargestFile = size_t{4} << 30;

[[noreturn]] void fail_idx(const std::string& file, const std::string& what) {
  throw InputError(fmt::format("{} is not a whole IDX file: {}", file, what));
}

/// The `dimensions` sizes after the magic number.
std::array<uint32_t, 3> read_header(std::string_view bytes, const std::string& file, uint32_t magic,
                                    size_t dimensions, const char* what) {
  if (bytes.size() < 4 + 4 * dimensions) fail_idx(file, "it ends within its header");
  const auto number = [&](size_t offset) {
    return static_cast<uint32_t>(big_endian(bytes, offset, 4));
  };
  if (number(0) != magic)
    fail_idx(file,
             fmt::format("its magic number is {:#x}, that of {} is {:#x}", number(0), what, magic));
  std::array<uint32_t, 3> sizes = {1, 1, 1};
  for (size_t i = 0; i < dimensions; ++i) sizes[i] = number(4 + 4 * i);
  return sizes;
}

}  // namespace

ImageSet parse_idx(std::string_view images, const std::string& images_file, std::string_view labels,
                   const std::string& labels_file, int classes) {
  const auto [count, height, width] = read_header(images, images_file, kImagesMagic, 3, "images");
  const uint32_t label_count = read_header(labels, labels_file, kLabelsMagic, 1, "labels")[0];
  if (height == 0 || width == 0 || height > kLargestEdge || width > kLargestEdge)
    fail_idx(images_file, fmt::format("its images are {} x {} pixels", width, height));
  if (count == 0) fail_idx(images_file, "it holds no images");
  const uint64_t expected = uint64_t{count} * height * width;
  // Before anything is allocated: the header may claim what it likes.
  if (images.size() - 16 != expected)
    fail_idx(images_file, fmt::format("{} images of {} x {} take {} bytes, but it holds {}", count,
                                      width, height, expected, images.size() - 16));
  if (labels.size() - 8 != label_count)
    fail_idx(labels_file,
             fmt::format("it should hold {} labels, but holds {}", label_count, labels.size() - 8));
  if (label_count != count)
    fail_idx(labels_file, fmt::format("it has {} labels for the {} images of {}", label_count,
                                      count, images_file));
  ImageSet set;
  set.height = static_cast<int>(height);
  set.width = static_cast<int>(width);
  set.channels = 1;
  set.pixels.assign(images.begin() + 16, images.end());
  for (size_t i = 8; i < labels.size(); ++i) {
    const int label = static_cast<unsigned char>(labels[i]);
    if (label >= classes)
      fail_idx(labels_file,
               fmt::format("label {} is {}, but there are only {} classes", i - 8, label, classes));
    set.labels.push_back(label);
  }
  return set;
}

std::string read_maybe_gzip(const std::string& file) {
  if (!GzipStream::is_gzip(file)) return read_file(file, kLargestFile);
  GzipStream stream(file);
  std::string content;
  std::array<char, 1 << 16> buffer;
  try {
    size_t size = 0;
    // A small file may unpack to any size: it is read piece by piece and stopped at the limit.
    while (content.size() <= kLargestFile && (size = stream.read(buffer.data(), buffer.size())) > 0)
      content.append(buffer.data(), size);
  } catch (const InputError& error) {
    fail_idx(file, fmt::format("{}; copy or download it again", error.what()));
  }
  if (content.size() > kLargestFile) fail_idx(file, "it unpacks to more than 4 GiB");
  return content;
}

}  // namespace nasnet::data
