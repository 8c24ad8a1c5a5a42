#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/exchange/onnx.h"

// Each operator as its page of the ONNX operator reference defines it, by its definition: this is
// the oracle of the export, so nothing here is clever but the order of the innermost loops.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NASNET_EVERY_PROCESSOR \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3")))
#else
#define NASNET_EVERY_PROCESSOR
#endif

namespace nasnet::exchange {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 33;

struct Value {
  std::vector<int64_t> shape;
  std::vector<float> data;
};

int64_t elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t edge : shape)
    if (edge < 0 || __builtin_mul_overflow(count, edge, &count) || count > kMostElements) return -1;
  return count;
}

/// out[i] += factor * in[i * stride]
NASNET_EVERY_PROCESSOR
void accumulate(float* out, const float* in, float factor, int64_t count, int64_t stride) {
  if (stride == 1) {
    for (int64_t i = 0; i < count; ++i) out[i] += factor * in[i];
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] += factor * in[i * stride];
  }
}

/// A window that slides over an image: ONNX's kernel_shape, strides, pads, dilations.
struct Window {
  int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, begin[2] = {0, 0}, end[2] = {0, 0},
          dilation[2] = {1, 1};

  int64_t output(int axis, int64_t input) const {
    return (input + begin[axis] + end[axis] - (dilation[axis] * (kernel[axis] - 1) + 1)) /
               stride[axis] +
           1;
  }
  /// SAME_UPPER: ceil(input / stride) results, the odd cell of padding after the image.
  void pad_same(int64_t rows, int64_t columns) {
    for (const int axis : {0, 1}) {
      const int64_t input = axis == 0 ? rows : columns;
      const int64_t count = (input + stride[axis] - 1) / stride[axis];
      const int64_t reach = (count - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
      const int64_t total = std::max<int64_t>(reach - input, 0);
      begin[axis] = total / 2;
      end[axis] = total - total / 2;
    }
  }
};

class Evaluator {
 public:
  explicit Evaluator(const OnnxModel& model) : model_(model) {
    for (size_t i = 0; i < model.nodes.size(); ++i)
      for (const std::string& input : model.nodes[i].inputs) last_reader_[input] = i;
  }

  std::vector<float> run(const std::vector<float>& images, int64_t batch,
                         const graph::Shape& image) {
    const std::vector<int64_t> shape = {batch, image.channels, image.height, image.width};
    const bool fits = std::equal(
        model_.input_shape.begin(), model_.input_shape.end(), shape.begin() + 1, shape.end(),
        [](int64_t edge, int64_t given) { return edge < 0 || edge == given; });
    if (!fits || elements(shape) != static_cast<int64_t>(images.size()))
      throw InputError("the model takes images of another shape");
    values_[model_.input] = {shape, images};
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      check_interrupt("stopped while checking the export");
      node_ = &model_.nodes[i];
      if (node_->outputs.size() != 1) fail("it has more than one output");
      values_[node_->outputs[0]] = evaluate();
      for (const std::string& input : node_->inputs)
        if (last_reader_[input] == i && input != model_.output) values_.erase(input);
    }
    const auto found = values_.find(model_.output);
    if (found == values_.end()) throw InputError("the model does not compute its output");
    return std::move(found->second.data);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("ONNX node {} ({}): {}", node_->name, node_->type, what));
  }

  // --- inputs and attributes
  // ----------------------------------------------------------------------

  const std::string& input_name(size_t k) const {
    if (k >= node_->inputs.size()) fail("an input is missing");
    return node_->inputs[k];
  }

  const Value& input(size_t k) {
    const std::string& name = input_name(k);
    const auto found = values_.find(name);
    if (found != values_.end()) return found->second;
    const auto constant = model_.constants.find(name);
    if (constant == model_.constants.end() || !constant->second.integers.empty())
      fail(fmt::format("its input '{}' is not there", name));
    return values_[name] = {constant->second.shape, constant->second.floats};
  }

  /// An image, N x C x H x W.
  const Value& image(size_t k) {
    const Value& value = input(k);
    if (value.shape.size() != 4) fail("its input is no batch of images");
    return value;
  }

  /// A constant of one number a channel.
  const std::vector<float>& channels(size_t k, int64_t count) {
    const Value& value = input(k);
    if (static_cast<int64_t>(value.data.size()) != count) fail("a constant has another length");
    return value.data;
  }

  const std::vector<int64_t>& places(size_t k) const {
    const auto shape = shapes_.find(input_name(k));
    if (shape != shapes_.end()) return shape->second;
    const auto constant = model_.constants.find(input_name(k));
    if (constant == model_.constants.end() || constant->second.integers.empty())
      fail("a list of places is no constant");
    return constant->second.integers;
  }

  int64_t integer(const char* name, int64_t otherwise) const {
    const auto found = node_->attributes.find(name);
    if (found == node_->attributes.end()) return otherwise;
    if (found->second.kind != OnnxAttribute::Kind::kInteger) fail("an attribute is damaged");
    return found->second.integer;
  }

  float real(const char* name, float otherwise) const {
    const auto found = node_->attributes.find(name);
    if (found == node_->attributes.end()) return otherwise;
    if (found->second.kind != OnnxAttribute::Kind::kReal) fail("an attribute is damaged");
    return found->second.real;
  }

  /// Of an image of so many rows and columns.
  Window window(int64_t rows, int64_t columns) const {
    Window result;
    const auto read = [&](const char* name, int64_t least, size_t count, auto place) {
      const auto found = node_->attributes.find(name);
      if (found == node_->attributes.end()) return;
      if (found->second.integers.size() != count) fail("a window is damaged");
      for (size_t i = 0; i < count; ++i) {
        const int64_t value = found->second.integers[i];
        if (value < least || value > 1 << 16) fail("a window is damaged");
        place(i, value);
      }
    };
    read("kernel_shape", 1, 2, [&](size_t i, int64_t v) { result.kernel[i] = v; });
    read("strides", 1, 2, [&](size_t i, int64_t v) { result.stride[i] = v; });
    read("dilations", 1, 2, [&](size_t i, int64_t v) { result.dilation[i] = v; });
    read("pads", 0, 4,
         [&](size_t i, int64_t v) { (i < 2 ? result.begin : result.end)[i % 2] = v; });
    if (pads_same()) result.pad_same(rows, columns);
    return result;
  }

  bool pads_same() const {
    const auto found = node_->attributes.find("auto_pad");
    if (found == node_->attributes.end()) return false;
    if (found->second.text != "SAME_UPPER") fail("its padding is of a kind that is not known");
    if (node_->attributes.count("pads")) fail("its padding is given twice");
    return true;
  }

  Value make(std::vector<int64_t> shape, float fill = 0) const {
    const int64_t count = elements(shape);
    if (count < 0) fail("its result is too large");
    return {std::move(shape), std::vector<float>(static_cast<size_t>(count), fill)};
  }

  // --- operators
  // ----------------------------------------------------------------------------------

  Value evaluate() {
    const std::string& type = node_->type;
    if (type == "Relu") return map(input(0), [](float x) { return x < 0 ? 0.0f : x; });
    if (type == "Conv") return convolution();
    if (type == "Shape") return shape();
    if (type == "BatchNormalization") return batch_norm();
    if (type == "InstanceNormalization") return instance_norm();
    if (type == "AveragePool") return pool(false);
    if (type == "MaxPool") return pool(true);
    if (type == "Add") return combine([](float a, float b) { return a + b; });
    if (type == "Mul") return combine([](float a, float b) { return a * b; });
    if (type == "Concat") return concat();
    if (type == "Slice") return slice();
    if (type == "Pad") return pad();
    if (type == "Reshape") return reshape();
    if (type == "Flatten") return flatten();
    if (type == "GlobalAveragePool") return global_pool();
    if (type == "Gemm") return gemm();
    fail("this operator is not known here");
  }

  template <class Function>
  static Value map(Value value, Function function) {
    for (float& x : value.data) x = function(x);
    return value;
  }

  Value convolution() {
    const Value& x = image(0);
    const Value& w = image(1);
    const Window by = window(x.shape[2], x.shape[3]);
    const int64_t group = integer("group", 1);
    const int64_t outputs = w.shape[0], inner = w.shape[1];
    if (group < 1 || outputs % group != 0 || inner * group != x.shape[1] ||
        w.shape[2] != by.kernel[0] || w.shape[3] != by.kernel[1])
      fail("its weights do not fit its input");
    const int64_t height = by.output(0, x.shape[2]), width = by.output(1, x.shape[3]);
    if (height < 1 || width < 1) fail("its input is smaller than its window");
    Value y = make({x.shape[0], outputs, height, width});
    if (node_->inputs.size() > 2) {
      const std::vector<float>& bias = channels(2, outputs);
      for (int64_t n = 0; n < x.shape[0]; ++n)
        for (int64_t o = 0; o < outputs; ++o)
          std::fill_n(&y.data[static_cast<size_t>((n * outputs + o) * height * width)],
                      height * width, bias[static_cast<size_t>(o)]);
    }
    for (int64_t n = 0; n < x.shape[0]; ++n)
      for (int64_t o = 0; o < outputs; ++o)
        for (int64_t i = 0; i < inner; ++i)
          add_plane(x, w, by, {height, width}, n, o, i, o / (outputs / group) * inner + i, y);
    return y;
  }

  /// What one input channel adds to one output channel.
  static void add_plane(const Value& x, const Value& w, const Window& by,
                        std::pair<int64_t, int64_t> out, int64_t n, int64_t o, int64_t i,
                        int64_t channel, Value& y) {
    const auto [height, width] = out;
    const int64_t rows = x.shape[2], columns = x.shape[3];
    const float* in = x.data.data() + (n * x.shape[1] + channel) * rows * columns;
    float* result = y.data.data() + (n * y.shape[1] + o) * height * width;
    const float* kernel = w.data.data() + (o * w.shape[1] + i) * by.kernel[0] * by.kernel[1];
    if (by.kernel[0] == 1 && by.kernel[1] == 1 && rows == height && columns == width) {
      accumulate(result, in, kernel[0], rows * columns, 1);
      return;
    }
    for (int64_t r = 0; r < by.kernel[0]; ++r)
      for (int64_t s = 0; s < by.kernel[1]; ++s) {
        // Columns of the result whose window's cell s lies within the image.
        const int64_t shift = s * by.dilation[1] - by.begin[1];
        const int64_t first = shift >= 0 ? 0 : (-shift + by.stride[1] - 1) / by.stride[1];
        const int64_t last = std::min(width, (columns - shift + by.stride[1] - 1) / by.stride[1]);
        if (columns - shift <= 0 || first >= last) continue;
        for (int64_t y_row = 0; y_row < height; ++y_row) {
          const int64_t row = y_row * by.stride[0] - by.begin[0] + r * by.dilation[0];
          if (row < 0 || row >= rows) continue;
          accumulate(result + y_row * width + first,
                     in + row * columns + first * by.stride[1] + shift,
                     kernel[r * by.kernel[1] + s], last - first, by.stride[1]);
        }
      }
  }

  Value batch_norm() {
    Value x = image(0);
    const int64_t count = x.shape[1], pixels = x.shape[2] * x.shape[3];
    const std::vector<float>& scale = channels(1, count);
    const std::vector<float>& shift = channels(2, count);
    const std::vector<float>& mean = channels(3, count);
    const std::vector<float>& variance = channels(4, count);
    const float epsilon = real("epsilon", 1e-5f);
    for (int64_t plane = 0; plane < x.shape[0] * count; ++plane) {
      const auto c = static_cast<size_t>(plane % count);
      const float factor = scale[c] / std::sqrt(variance[c] + epsilon);
      float* data = x.data.data() + plane * pixels;
      for (int64_t i = 0; i < pixels; ++i) data[i] = (data[i] - mean[c]) * factor + shift[c];
    }
    return x;
  }

  /// Over all values of each channel of each image; the image may have any number of edges.
  Value instance_norm() {
    Value x = input(0);
    if (x.shape.size() < 3) fail("its input has no pixels");
    const int64_t count = x.shape[1];
    const std::vector<float>& scale = channels(1, count);
    const std::vector<float>& shift = channels(2, count);
    const float epsilon = real("epsilon", 1e-5f);
    const int64_t planes = x.shape[0] * count;
    const int64_t pixels = planes > 0 ? static_cast<int64_t>(x.data.size()) / planes : 0;
    for (int64_t plane = 0; plane < planes; ++plane) {
      float* data = x.data.data() + plane * pixels;
      double sum = 0, squares = 0;
      for (int64_t i = 0; i < pixels; ++i) sum += data[i];
      const double mean = sum / static_cast<double>(pixels);
      for (int64_t i = 0; i < pixels; ++i) squares += (data[i] - mean) * (data[i] - mean);
      const auto c = static_cast<size_t>(plane % count);
      const double factor = scale[c] / std::sqrt(squares / static_cast<double>(pixels) +
                                                 static_cast<double>(epsilon));
      for (int64_t i = 0; i < pixels; ++i)
        data[i] = static_cast<float>((data[i] - mean) * factor + shift[c]);
    }
    return x;
  }

  Value pool(bool maximum) {
    const Value& x = image(0);
    const Window by = window(x.shape[2], x.shape[3]);
    const bool count_padding = integer("count_include_pad", 0) != 0;
    const int64_t rows = x.shape[2], columns = x.shape[3];
    const int64_t height = by.output(0, rows), width = by.output(1, columns);
    if (height < 1 || width < 1) fail("its input is smaller than its window");
    Value y = make({x.shape[0], x.shape[1], height, width});
    float* out = y.data.data();
    for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
      const float* in = x.data.data() + plane * rows * columns;
      for (int64_t r = 0; r < height; ++r)
        for (int64_t c = 0; c < width; ++c) {
          const int64_t top = r * by.stride[0] - by.begin[0], left = c * by.stride[1] - by.begin[1];
          float sum = 0, largest = -std::numeric_limits<float>::infinity();
          int64_t seen = 0;
          for (int64_t row = std::max<int64_t>(top, 0); row < std::min(top + by.kernel[0], rows);
               ++row)
            for (int64_t column = std::max<int64_t>(left, 0);
                 column < std::min(left + by.kernel[1], columns); ++column) {
              const float value = in[row * columns + column];
              sum += value;
              if (value > largest || std::isnan(value)) largest = value;
              ++seen;
            }
          const int64_t divisor = count_padding ? by.kernel[0] * by.kernel[1] : seen;
          *out++ = maximum ? largest : sum / static_cast<float>(divisor);
        }
    }
    return y;
  }

  /// The second input has the shape of the first, or is one number a channel ([C, 1, 1]).
  template <class Function>
  Value combine(Function function) {
    Value a = input(0);
    const Value& b = input(1);
    if (a.shape == b.shape) {
      for (size_t i = 0; i < a.data.size(); ++i) a.data[i] = function(a.data[i], b.data[i]);
    } else if (a.shape.size() == 4 && b.shape == std::vector<int64_t>{a.shape[1], 1, 1}) {
      const int64_t pixels = a.shape[2] * a.shape[3];
      for (size_t i = 0; i < a.data.size(); ++i)
        a.data[i] = function(
            a.data[i], b.data[static_cast<size_t>(static_cast<int64_t>(i) / pixels % a.shape[1])]);
    } else {
      fail("its inputs are of different shapes");
    }
    return a;
  }

  Value concat() {
    if (integer("axis", 0) != 1) fail("only channels are concatenated here");
    std::vector<int64_t> shape = image(0).shape;
    shape[1] = 0;
    for (size_t k = 0; k < node_->inputs.size(); ++k) {
      const std::vector<int64_t>& part = image(k).shape;
      if (part[0] != shape[0] || part[2] != shape[2] || part[3] != shape[3])
        fail("its inputs are of different sizes");
      shape[1] += part[1];
    }
    Value y = make(shape);
    float* out = y.data.data();
    for (int64_t n = 0; n < shape[0]; ++n)
      for (size_t k = 0; k < node_->inputs.size(); ++k) {
        const Value& part = image(k);
        const int64_t count = part.shape[1] * part.shape[2] * part.shape[3];
        out = std::copy_n(part.data.data() + n * count, count, out);
      }
    return y;
  }

  /// A list of numbers, for places(): no value of its own.
  Value shape() {
    shapes_[node_->outputs[0]] = input(0).shape;
    return {};
  }

  /// Every step-th pixel of the two last axes, or of the step of -1 all of them from the end.
  Value slice() {
    const Value& x = image(0);
    const std::vector<int64_t>&starts = places(1), &ends = places(2), &axes = places(3),
          &steps = places(4);
    if (axes != std::vector<int64_t>{2, 3} || starts.size() != 2 || ends.size() != 2 ||
        steps.size() != 2)
      fail("only rows and columns are sliced here");
    int64_t count[2], first[2];
    for (size_t k = 0; k < 2; ++k) {
      const int64_t edge = x.shape[2 + k], end = std::min(ends[k], edge);
      first[k] = starts[k] < 0 ? starts[k] + edge : starts[k];
      if (steps[k] == -1 && starts[k] == -1 && ends[k] < -edge) {
        count[k] = edge;
      } else if (starts[k] < 0 || starts[k] >= end || steps[k] < 1) {
        fail("its places are out of range");
      } else {
        count[k] = (end - starts[k] + steps[k] - 1) / steps[k];
      }
    }
    Value y = make({x.shape[0], x.shape[1], count[0], count[1]});
    float* out = y.data.data();
    for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
      for (int64_t r = 0; r < count[0]; ++r)
        for (int64_t c = 0; c < count[1]; ++c)
          *out++ = x.data[static_cast<size_t>((plane * x.shape[2] + first[0] + r * steps[0]) *
                                                  x.shape[3] +
                                              first[1] + c * steps[1])];
    return y;
  }

  /// Zeros around rows and columns.
  Value pad() {
    const Value& x = image(0);
    const std::vector<int64_t>& by = places(1);
    if (by.size() != 8 || by[0] || by[1] || by[4] || by[5] || node_->inputs.size() > 2)
      fail("only rows and columns are padded here, with zeros");
    for (const int64_t edge : by)
      if (edge < 0 || edge > 1 << 16) fail("its places are out of range");
    const int64_t rows = x.shape[2], columns = x.shape[3];
    Value y = make({x.shape[0], x.shape[1], rows + by[2] + by[6], columns + by[3] + by[7]});
    for (int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane)
      for (int64_t r = 0; r < rows; ++r)
        std::copy_n(x.data.data() + (plane * rows + r) * columns, columns,
                    y.data.data() + (plane * y.shape[2] + r + by[2]) * y.shape[3] + by[3]);
    return y;
  }

  /// 0 keeps an edge, -1 takes what is left.
  Value reshape() {
    Value x = input(0);
    std::vector<int64_t> shape = places(1);
    int64_t known = 1;
    size_t open = shape.size();
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == 0 && i < x.shape.size()) shape[i] = x.shape[i];
      if (shape[i] == -1 && open == shape.size()) {
        open = i;
      } else if (shape[i] < 1 || __builtin_mul_overflow(known, shape[i], &known)) {
        fail("its shape is damaged");
      }
    }
    if (open < shape.size()) shape[open] = static_cast<int64_t>(x.data.size()) / known;
    if (elements(shape) != static_cast<int64_t>(x.data.size())) fail("its shape does not fit");
    x.shape = std::move(shape);
    return x;
  }

  Value flatten() {
    Value x = input(0);
    if (integer("axis", 1) != 1 || x.shape.empty() || x.shape[0] < 1)
      fail("only images are flattened here");
    x.shape = {x.shape[0], static_cast<int64_t>(x.data.size()) / x.shape[0]};
    return x;
  }

  Value global_pool() {
    const Value& x = image(0);
    const int64_t pixels = x.shape[2] * x.shape[3];
    Value y = make({x.shape[0], x.shape[1], 1, 1});
    for (size_t plane = 0; plane < y.data.size(); ++plane) {
      double sum = 0;
      for (int64_t i = 0; i < pixels; ++i)
        sum += x.data[plane * static_cast<size_t>(pixels) + static_cast<size_t>(i)];
      y.data[plane] = static_cast<float>(sum / static_cast<double>(pixels));
    }
    return y;
  }

  /// y = x w^T + b
  Value gemm() {
    const Value& x = input(0);
    const Value& w = input(1);
    if (integer("transB", 0) != 1 || integer("transA", 0) != 0 || real("alpha", 1) != 1 ||
        real("beta", 1) != 1 || x.shape.size() != 2 || w.shape.size() != 2 ||
        x.shape[1] != w.shape[1])
      fail("only x w^T + b is computed here");
    const int64_t inner = x.shape[1], outputs = w.shape[0];
    const std::vector<float>& bias = channels(2, outputs);
    Value y = make({x.shape[0], outputs});
    for (int64_t n = 0; n < x.shape[0]; ++n)
      for (int64_t o = 0; o < outputs; ++o) {
        double sum = bias[static_cast<size_t>(o)];
        for (int64_t k = 0; k < inner; ++k)
          sum += static_cast<double>(x.data[static_cast<size_t>(n * inner + k)]) *
                 w.data[static_cast<size_t>(o * inner + k)];
        y.data[static_cast<size_t>(n * outputs + o)] = static_cast<float>(sum);
      }
    return y;
  }

  const OnnxModel& model_;
  const OnnxNode* node_ = nullptr;
  std::map<std::string, Value> values_;
  std::map<std::string, std::vector<int64_t>> shapes_;  // what Shape gave
  std::map<std::string, size_t> last_reader_;
};

}  // namespace

std::vector<float> evaluate_onnx(const OnnxModel& model, const std::vector<float>& images,
                                 int64_t batch, const graph::Shape& image) {
  return Evaluator(model).run(images, batch, image);
}

}  // namespace nasnet::exchange
