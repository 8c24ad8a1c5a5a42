#include "nasnet/data/decode_all.h"

#include <fmt/format.h>

#include <functional>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/data/content.h"
#include "nasnet/data/for_all.h"
#include "nasnet/data/image_size.h"

// Twice over all files that are held: first their headers, from which the size of the data set
// follows, then their pixels, which are resized as soon as they are decoded. So no picture is held
// at its own size longer than one thread needs it.

namespace nasnet::data {
namespace {

/// That a picture's header is looked for in.
constexpr size_t kHeaderBytes = size_t{1} << 18;

/// The first fault ends the loading, unless such files are to be skipped.
template <class Work>
void guarded(ReadImage& image, const Work& work) {
  if (!image.fault.empty()) return;
  try {
    work();
  } catch (const Error& error) {
    image.fault = error.what();
  }
}

/// Fills in the pictures' sizes.
void measure(const std::vector<const ImageFile*>& files, ReadImages& read,
             const std::function<ImageSize(const ImageFile&)>& size_of) {
  read.images.resize(files.size());
  for_all("looking at images", files.size(), [&](size_t i) {
    guarded(read.images[i], [&] { read.images[i].original = size_of(*files[i]); });
  });
}

/// The same from the files' beginnings.
void peek(const std::vector<const ImageFile*>& files, ReadImages& read) {
  measure(files, read, [](const ImageFile& file) {
    return peek_size(file.read_beginning(kHeaderBytes), file.path);
  });
}

std::map<ImageSize, int64_t> sizes_of(const ReadImages& read) {
  std::map<ImageSize, int64_t> sizes;
  for (const ReadImage& image : read.images)
    if (image.fault.empty() && image.original.height > 0) ++sizes[image.original];
  return sizes;
}

/// In the files' order, so that the same file is named first on any number of threads.
void refuse_faults(const std::vector<const ImageFile*>& files, const ReadImages& read,
                   const std::string& source, const DataOptions& options) {
  std::vector<Unreadable> faults;
  for (size_t i = 0; i < files.size(); ++i)
    if (!read.images[i].fault.empty()) faults.push_back({files[i]->path, read.images[i].fault});
  refuse_unreadable(faults, source, options);
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

ReadImages decode_all(const std::vector<const ImageFile*>& files, const DataOptions& options,
                      const std::string& source) {
  ReadImages read;
  // Whole files are read both times, since some kinds tell their orientation at the end.
  measure(files, read, [](const ImageFile& file) { return peek_size(file.read(), file.path); });
  read.size = choose_size(sizes_of(read), options.image_size);
  for_all("reading images", files.size(), [&](size_t i) {
    guarded(read.images[i], [&] {
      const Image image = decode(files[i]->read(), files[i]->path);
      read.images[i].content = content_of(image.pixels.data(), {image.height, image.width}, 3);
      read.images[i].pixels = resize(image, read.size, options.preparation).pixels;
    });
  });
  refuse_faults(files, read, source, options);
  return read;
}

bool can_be_held(const std::vector<const ImageFile*>& files, const DataOptions& options,
                 ReadImages& read) {
  const auto fits = [&](ImageSize size) {
    return std::ssize(files) * size.height * size.width * 3 <= options.hold;
  };
  if (options.image_size > 0) return fits({options.image_size, options.image_size});
  if (fits({kLargestKeptEdge, kLargestKeptEdge})) return true;
  peek(files, read);
  return fits(choose_size(sizes_of(read), 0));
}

ReadImages look_at_all(const std::vector<const ImageFile*>& files, const DataOptions& options,
                       const std::string& source, ReadImages read) {
  read.images.resize(files.size());
  read.size = choose_size(sizes_of(read), options.image_size);
  for_all("looking at images", files.size(), [&](size_t i) {
    guarded(read.images[i], [&] { read.images[i].content = content_of_file(*files[i]); });
  });
  refuse_faults(files, read, source, options);
  return read;
}

}  // namespace nasnet::data
