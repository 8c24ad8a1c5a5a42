#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/base/open_files.h"
#include "nasnet/data/file_store.h"

namespace nasnet::data {

/// True for names such as train-00000-of-01024, train.tfrecord-00000-of-00010, cats.tfrecord,
/// cats.tfrec.
bool has_tfrecord_name(const std::string& path);
/// True if the file begins with a record's length and its checksum; false where it cannot be read.
bool is_tfrecord(const std::string& file);

/// The content as a record, with its length and checksums.
std::string framed_record(std::string_view content);
/// Takes a record off the front and returns its content; none where it is cut or damaged.
std::optional<std::string_view> take_record(std::string_view& bytes);

/// The images in one TFRecord file. A record is read whole, so that its checksum counts.
class TfRecordStore final : public FileStore {
 public:
  TfRecordStore(std::string file, const FileStamp& stamp) : file_(std::move(file)), stamp_(stamp) {}

  /// Bytes of the file.
  struct Extent {
    uint64_t begin = 0, end = 0;
    uint64_t size() const { return end - begin; }
  };
  /// Adds an image, which lies in a record's content; returns its key.
  uint64_t add(const Extent& record, const Extent& image);

  std::string read(uint64_t key, size_t largest, const std::string& path) const override;
  std::string beginning(uint64_t key, size_t most, const std::string& path) const override;
  uint64_t size(uint64_t key, const std::string& path) const override;

 private:
  std::string bytes_of(const Extent& range, const std::string& path) const;

  std::string file_;
  FileStamp stamp_;
  struct Content {
    Extent record, image;
  };
  std::vector<Content> contents_;
};

/// A record: TensorFlow's Example of an image.
struct TfExample {
  std::optional<uint64_t> key;  ///< of the image in the store; none: it holds no image
  std::string filename;         ///< "": none
  std::string label;            ///< "": none
};

/// Adds the images of a TFRecord file to `store` and calls take(example) for each record, in the
/// file's order. The fields are those of TF-slim, image/encoded, image/class/synset (or else
/// image/class/text, or image/class/label) and image/filename, or of others: image, jpg, label,
/// cls. Images are passed over, not read. Throws InputError with `file`'s name where it is cut or
/// damaged.
void read_tfrecord(const std::string& file, TfRecordStore& store,
                   const std::function<void(const TfExample&)>& take);

}  // namespace nasnet::data
