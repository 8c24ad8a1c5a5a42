#include "nasnet/data/stored_images.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// Decoding on demand. Nothing is kept of a picture but where it lies, so that memory does not grow
// with what has been read.

namespace nasnet::data {

StoredImages::StoredImages(std::string source, Preparation preparation, OnFault when)
    : source_(std::move(source)), preparation_(preparation), when_(when) {}

void StoredImages::add(ImageFile file) {
  files_.push_back(std::move(file));
}

void StoredImages::append(const StoredImages& others) {
  files_.insert(files_.end(), others.files_.begin(), others.files_.end());
}

std::shared_ptr<StoredImages> StoredImages::select(const std::vector<int64_t>& indices) const {
  auto some = std::make_shared<StoredImages>(source_, preparation_, when_);
  for (const int64_t i : indices) some->add(files_[i]);
  return some;
}

bool StoredImages::read(int64_t index, ImageSize to, uint8_t* pixels) const {
  return guarded(index, [&](const ImageFile& file) {
    const Image image = resize(decode(file.read(), file.path), to, preparation_);
    std::copy(image.pixels.begin(), image.pixels.end(), pixels);
  });
}

bool StoredImages::read_part(int64_t index, const ChoosePart& choose, ImageSize to,
                             uint8_t* pixels) const {
  return guarded(index, [&](const ImageFile& file) {
    const Image part = decode_part(file.read(), file.path, choose);
    resize_part(part,
                {.part = {0, 0, part.height, part.width},
                 .to = to,
                 .interpolation = preparation_.interpolation},
                pixels);
  });
}

bool StoredImages::guarded(int64_t index, const std::function<void(const ImageFile&)>& work) const {
  NASNET_CHECK(index >= 0 && index < size(), "an image of the set");
  try {
    work(files_[index]);
    return true;
  } catch (const OutOfMemory&) {
    throw;
  } catch (const Error& error) {
    if (when_ == OnFault::kThrow)
      throw InputError(fmt::format("{}: {}; with --skip-unreadable such files are left out",
                                   printable(source_), error.what()));
    const std::lock_guard lock(mutex_);
    faults_.emplace(index, error.what());
    return false;
  }
}

std::vector<Unreadable> StoredImages::unreadable() const {
  const std::lock_guard lock(mutex_);
  std::vector<Unreadable> all;
  for (const auto& [index, why] : faults_) all.push_back({files_[index].path, why});
  return all;
}

int64_t StoredImages::bytes() const {
  int64_t bytes = 0;
  for (const ImageFile& file : files_)
    bytes += static_cast<int64_t>(sizeof file + file.path.capacity());
  return bytes;
}

}  // namespace nasnet::data
