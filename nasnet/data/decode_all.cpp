#include "nasnet/data/decode_all.h"

#include <fmt/format.h>

#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/data/content.h"
#include "nasnet/data/for_all.h"
#include "nasnet/data/image_size.h"

// Twice over all files: first their headers, from which the size of the data set follows, then
// their pixels, which are resized as soon as they are decoded. So no picture is held at its own
// size longer than one thread needs it.

namespace nasnet::data {
namespace {

/// The first fault ends the loading, unless such files are to be skipped.
template <class Work>
void guarded(Decoded& image, const Work& work) {
  if (!image.fault.empty()) return;
  try {
    work();
  } catch (const Error& error) {
    image.fault = error.what();
  }
}

}  // namespace

void refuse_unreadable(const std::vector<Unreadable>& files, const std::string& source,
                       const DataOptions& options) {
  if (options.skip_unreadable || files.empty()) return;
  const size_t others = files.size() - 1;
  throw InputError(fmt::format(
      "{}: {}{}; remove such files, or leave them out with --skip-unreadable", printable(source),
      files[0].why,
      others > 0 ? fmt::format(" (and {} more; `nasnet data` lists all)", others) : ""));
}

DecodedImages decode_all(const std::vector<const ImageFile*>& files, const DataOptions& options,
                         const std::string& source) {
  DecodedImages decoded;
  std::vector<Decoded>& images = decoded.images;
  images.resize(files.size());
  for_all("looking at images", files.size(), [&](size_t i) {
    // Whole files are read both times, since some kinds tell their orientation at the end.
    guarded(images[i], [&] { images[i].original = peek_size(files[i]->read(), files[i]->path); });
  });
  std::map<ImageSize, int64_t> sizes;
  for (const Decoded& image : images)
    if (image.fault.empty()) ++sizes[image.original];
  decoded.size = choose_size(sizes, options.image_size);
  for_all("reading images", files.size(), [&](size_t i) {
    guarded(images[i], [&] {
      const Image image = decode(files[i]->read(), files[i]->path);
      images[i].content = content_of(image.pixels.data(), {image.height, image.width}, 3);
      images[i].pixels = resize(image, decoded.size, options.preparation).pixels;
    });
  });
  // In the files' order, so that the same file is named first on any number of threads.
  std::vector<Unreadable> faults;
  for (size_t i = 0; i < files.size(); ++i)
    if (!images[i].fault.empty()) faults.push_back({files[i]->path, images[i].fault});
  refuse_unreadable(faults, source, options);
  return decoded;
}

}  // namespace nasnet::data
