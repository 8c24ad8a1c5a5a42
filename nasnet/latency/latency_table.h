#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/latency/features.h"
#include "nasnet/space/search_space.h"

namespace nasnet::latency {

/// Programs and devices that times are of.
enum class Target {
  kOwnKernels,   ///< this program, on the processor
  kOnnxRuntime,  ///< ONNX Runtime, on the processor
  kCuda,         ///< libtorch, on a GPU
  kCsv,          ///< a device of the user's: times were read from a file
};
constexpr EnumNames<Target, 4> names_of(Target) {
  return {{{Target::kOwnKernels, "own-kernels"},
           {Target::kOnnxRuntime, "onnxruntime"},
           {Target::kCuda, "cuda"},
           {Target::kCsv, "csv"}}};
}

/// Of what networks, and where, latencies are. Two tables can be compared where these are equal.
struct Circumstances {
  Target target = Target::kOwnKernels;
  std::string device;  ///< "Intel(R) Xeon(R) ..., AVX3", or what the user calls it
  int threads = 1;
  int batch = 1;
  graph::StackSettings stack;
  /// "name" and the settings of the space that cells were drawn of.
  nlohmann::json space = nlohmann::json::object();

  bool operator==(const Circumstances&) const = default;
};

/// A cell that was measured: its network's milliseconds a pass over a batch.
struct MeasuredCell {
  std::string name;
  space::Choices choices;
  double ms = 0;          ///< median
  double spread = 0;      ///< (third quartile - first quartile) / median; 0 where nobody knows
  bool held_out = false;  ///< had no part in the fit
  double predicted = 0;   ///< by the table, in ms

  bool operator==(const MeasuredCell&) const = default;
};

/// How the table's predictions of held-out cells compare with what was measured.
struct HeldOutError {
  int cells = 0;
  double median_error = 0, largest_error = 0;  ///< relative: 0.02 is 2 %
  double spearman = 0;

  bool operator==(const HeldOutError&) const = default;
};

/// Milliseconds a kind of operator, fitted to measured networks of one stack on one device:
/// latency = sum of count x milliseconds (count_features()).
struct LatencyTable {
  Circumstances of;
  uint64_t seed = 0;        ///< of the cells that were drawn
  Features coefficients{};  ///< milliseconds a unit, none negative
  std::vector<MeasuredCell> cells;
  HeldOutError held_out;

  bool operator==(const LatencyTable&) const = default;

  /// Milliseconds of a pass over a batch of `of.batch` images. A function of the table and the
  /// graph alone: the same bits everywhere. The graph should be of the table's stack
  /// (demand_stack()).
  double predict(const graph::Graph& graph) const;

  nlohmann::ordered_json to_json() const;
  /// Throws InputError, opened by `where`, for another schema or version, for what is missing, of a
  /// wrong type, not finite or negative.
  static LatencyTable from_json(const nlohmann::json& json, const std::string& where);
};

/// Throws InputError naming the file.
LatencyTable read_latency_table(const std::string& path);
/// The text of such a file; `where` opens messages.
LatencyTable parse_latency_table(const std::string& text, const std::string& where);

/// Throws InputError where the table is of another stack than this one, naming what differs; an
/// auxiliary head does not count. `where` is the table's file.
void demand_stack(const LatencyTable& table, const graph::StackSettings& stack,
                  const std::string& where);

nlohmann::ordered_json circumstances_to_json(const Circumstances& of);
/// Throws InputError as from_json() does.
Circumstances circumstances_from_json(const nlohmann::json& json, const std::string& where);
/// Throws InputError where the two differ, naming in what: "... was begun on ...; this is ...".
void demand_same(const Circumstances& mine, const Circumstances& theirs, const std::string& where);

}  // namespace nasnet::latency
