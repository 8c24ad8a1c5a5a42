#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace nasnet {

namespace api {
struct DataSetState;
}

/// How pictures become the images of a data set: the settings of `nasnet data`, under its names.
struct DataOptions {
  /// Edge of the square that pictures are resized to, in pixels; 0 keeps the size where all share
  /// one of at most 96, and takes 32 where they do not.
  int image_size = 0;
  std::string resize = "crop";  ///< other shapes are fitted by "crop", "stretch" or "pad"
  /// "nearest", "bilinear", "bicubic" are as Pillow has them, "legacy" is TensorFlow 1's bilinear.
  std::string interpolation = "area";
  double central_crop = 1;       ///< share of the edges of a picture's centre, (0, 1]
  bool skip_unreadable = false;  ///< leave out files that cannot be read, instead of throwing
  int64_t limit_train = 0, limit_test = 0;  ///< take only so many images; 0 for all
};

/// One image in memory: height x width x channels bytes, row by row, the channels of a pixel side
/// by side (RGB, or one for grey).
struct ImageView {
  int height = 0, width = 0, channels = 0;
  std::span<const uint8_t> pixels;
};

enum class Split { train, test };

/// Labelled images of one size, in memory. Copies share them.
class DataSet {
 public:
  /// `where` is a known name (see known_data_sets()), a folder with one sub-folder a class, or an
  /// archive of such a folder (docs/data.md). Throws InputError that names the file at fault,
  /// SystemError where one cannot be read.
  static DataSet load(const std::string& where, const DataOptions& options = {});

  const std::string& name() const;
  const std::string& source() const;  ///< the path that it was read from
  const std::vector<std::string>& classes() const;
  int height() const;
  int width() const;
  int channels() const;  ///< 1 or 3
  /// True where the source has test images; else a tenth of each class is held out as such.
  bool has_own_test_split() const;
  /// SHA-256 of the pixels and labels of both splits, in hex.
  const std::string& digest() const;
  /// Sentences on what was left out, and on how the source was understood.
  const std::vector<std::string>& notes() const;

  int64_t size(Split split) const;
  /// The image, and its class as an index into classes(). Throw std::out_of_range.
  ImageView image(Split split, int64_t index) const;
  int label(Split split, int64_t index) const;

  /// For the library itself.
  const api::DataSetState& state() const { return *state_; }

 private:
  explicit DataSet(std::shared_ptr<const api::DataSetState> state) : state_(std::move(state)) {}
  std::shared_ptr<const api::DataSetState> state_;
};

/// A data set that is known by name, and where it lies on this machine ("": nowhere).
struct KnownDataSet {
  std::string name, description, path;
};
std::vector<KnownDataSet> known_data_sets();

}  // namespace nasnet
