#pragma once

#include <nasnet/dataset.h>
#include <nasnet/genotype.h>
#include <nasnet/network.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasnet {

/// How a network computes.
struct Computation {
  /// "cpu", "cuda", or "auto": cuda where there is one. Both cuda and the reference kernels need
  /// libtorch (libtorch.h).
  std::string device = "auto";
  std::string kernels = "fused";      ///< nasnet's own on the processor, or "reference": libtorch's
  std::string precision = "float32";  ///< or "bf16", of convolutions and linear layers
  int threads = 0;  ///< of the processor; 0 for one a core. Results do not depend on it
};

/// A class that an image may be of, and how probable that is, [0, 1].
struct Guess {
  std::string label;
  double probability = 0;
};

/// A model's answer to a picture.
struct Prediction {
  std::string file;
  std::vector<Guess> guesses;  ///< the likeliest first
  std::string fault;           ///< why it could not be read: then there are no guesses; or ""
};

/// A model's accuracy and loss on labelled images.
struct Evaluation {
  int64_t correct = 0, images = 0;
  int64_t left_out = 0;  ///< images that were not measured: the model was trained on them
  double loss = 0;       ///< mean cross-entropy, in nats
  /// Images of class i that were taken for class j, at [i * classes + j].
  std::vector<int64_t> confusion;

  double accuracy() const {  ///< [0, 1]; 0 without images
    return images > 0 ? static_cast<double>(correct) / static_cast<double>(images) : 0;
  }
};

struct OnnxOptions {
  int opset = 17;                ///< 13 to 17
  bool fold_batch_norm = false;  ///< into the convolutions
  /// Take images of the model's own size alone, for programs without SAME_UPPER padding.
  bool fixed_size = false;
};

/// A file that has been exported, and how well it agrees with the network.
struct OnnxFile {
  int64_t bytes = 0;
  /// The largest difference between the network's logits and those of the file, which an evaluator
  /// of its own has run; and the largest logit.
  double difference = 0, largest_logit = 0;
  int smallest_size = 0;  ///< edge of the smallest square image that it takes
};

/// A trained network in a folder: what `nasnet train` and train_model() write. Not for several
/// threads at once.
class Model {
 public:
  /// Throws InputError where the folder holds no model, or the computation is not to be had;
  /// SystemError where cuda is asked for and missing.
  static Model load(const std::filesystem::path& folder, const Computation& computation = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const Genotype& genotype() const;
  /// How its cells are stacked, and the images that it takes.
  const Stack& stack() const;
  const std::vector<std::string>& classes() const;
  int64_t epochs() const;    ///< that it was trained for
  bool is_finished() const;  ///< false for a training that was stopped
  /// Of the finished training, on the data set's test images; none where there were none.
  std::optional<double> test_accuracy() const;

  /// The `top` likeliest classes of an image of any size, RGB or grey. The image is resized as the
  /// training images were. Throws InputError for an image that is none, NotANumber
  /// where the network's values are broken.
  std::vector<Guess> predict(const ImageView& image, int top = 3);
  /// The same for picture files, and for all in folders and archives, in the order given; those
  /// that cannot be read come with their fault. Throws InputError where there are none at all.
  std::vector<Prediction> predict_files(const std::vector<std::string>& paths, int top = 3);
  /// Measures the model on the test images, without those that it was trained on. Throws InputError
  /// where the data set's classes, size or channels differ from the model's.
  Evaluation evaluate(const DataSet& data);
  /// Writes the network as ONNX. The file is kept only where its logits agree with the network's
  /// within 1e-4 of the largest. Throws Error where they do not, SystemError where the file cannot
  /// be written.
  OnnxFile export_onnx(const std::filesystem::path& file, const OnnxOptions& options = {});

 private:
  struct State;
  explicit Model(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace nasnet
