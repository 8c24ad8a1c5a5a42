#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/exchange/onnx.h"
#include "nasnet/graph/padding.h"

namespace nasnet::exchange {

using OnnxAttributes = std::map<std::string, OnnxAttribute>;

OnnxAttribute integer(int64_t value);
OnnxAttribute real(double value);
OnnxAttribute integers(std::vector<int64_t> values);
OnnxAttribute text(const char* value);

/// Appends nodes and constants to a model. Results and constants are known by their names, which
/// each function returns; images are N x C x H x W.
class OnnxNodes {
 public:
  explicit OnnxNodes(OnnxModel& model) : model_(model) {}

  /// A constant of floats; one of this name that is there is replaced.
  std::string constant(const std::string& name, std::vector<int64_t> shape,
                       std::vector<float> values);
  OnnxTensor& find_constant(const std::string& name) { return model_.constants.at(name); }

  /// Constants that are named after their values, so that equal ones are one: lists and numbers, of
  /// floats and of integers.
  std::string numbers(std::vector<float> values);
  std::string places(std::vector<int64_t> values);
  std::string number(float value);
  std::string place(int64_t value);

  /// A node of one result, named after its type and place.
  std::string add(const std::string& type, std::vector<std::string> inputs,
                  OnnxAttributes attributes = {});

  // Nodes that are used most.
  std::string reshape(const std::string& x, std::vector<int64_t> shape);
  std::string transpose(const std::string& x, std::vector<int64_t> order);
  std::string concat(std::vector<std::string> parts, int64_t axis);
  std::string gather(const std::string& x, const std::string& places, int64_t axis = 0);
  std::string shape(const std::string& x) { return add("Shape", {x}); }
  std::string to_float(const std::string& x);
  std::string to_integer(const std::string& x);
  /// The largest `count` (a list of one) values of a list, or the smallest, in order; of equal ones
  /// the first.
  struct Top {
    std::string values, places;
  };
  Top top(const std::string& x, const std::string& count, bool largest = true);
  /// Gives a result another name, here and where it is read.
  void rename(const std::string& result, const std::string& name);

  /// Rows and columns from `start` to before `end`, each `step` after the one before.
  std::string slice(const std::string& x, int64_t start, int64_t end, int64_t step);
  /// Some of the places along an axis; of -1, the last.
  std::string part(const std::string& x, int64_t axis, int64_t first, int64_t count);
  /// The image by half a turn.
  std::string turned(const std::string& x);
  /// Zeros around the image, as an operator of its own: for pools that count them.
  std::string pad(const std::string& x, graph::Padding down, graph::Padding across);

 private:
  OnnxModel& model_;
};

}  // namespace nasnet::exchange
