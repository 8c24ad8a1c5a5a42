#include <fmt/format.h>

#include <cstring>

#include "nasnet/base/error.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/exchange/weight_file.h"

// A model from the bytes of an ONNX file, so much of it as OnnxModel holds: fields that are not
// known are passed over, but those that would be misread are refused. Field numbers are those of
// onnx.proto, by message.

namespace nasnet::exchange {
namespace {

/// Reads from messages of any order of fields.
class OnnxReader {
 public:
  explicit OnnxReader(const std::string& name) : name_(name) {}

  OnnxModel model(std::string_view bytes) {
    OnnxModel result;
    std::string_view graph_bytes;
    read_proto(bytes, name_, [&](const ProtoField& field) {
      if (field.number == 3) result.producer_version = field.text;
      if (field.number == 7) graph_bytes = field.text;
      if (field.number == 8) opset(field.text, result);
      if (field.number == 14) metadata(field.text, result);
    });
    graph(graph_bytes, result);
    if (result.inputs.empty() || result.outputs.empty()) fail("it has no input or no output");
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{} is no ONNX model that can be read: {}", name_, what));
  }

  void opset(std::string_view bytes, OnnxModel& model) const {
    std::string domain;
    int64_t version = 0;
    read_proto(bytes, name_, [&](const ProtoField& field) {
      if (field.number == 1) domain = field.text;
      if (field.number == 2) version = field.integer;
    });
    // The empty domain is ONNX's own; others' operators would be refused where a node uses them.
    if (domain.empty()) model.opset = static_cast<int>(version);
  }

  void metadata(std::string_view bytes, OnnxModel& model) const {
    std::string key, value;
    read_proto(bytes, name_, [&](const ProtoField& field) {
      if (field.number == 1) key = field.text;
      if (field.number == 2) value = field.text;
    });
    model.metadata[key] = value;
  }

  void graph(std::string_view bytes, OnnxModel& model) const {
    read_proto(bytes, name_, [&](const ProtoField& field) {
      switch (field.number) {
        case 1:
          model.nodes.push_back(node(field.text));
          break;
        case 5:
          tensor(field.text, model);
          break;
        case 11:
          model.inputs.push_back(port(field.text));
          break;
        case 12:
          model.outputs.push_back(port(field.text));
          break;
        default:
          break;
      }
    });
  }

  OnnxNode node(std::string_view bytes) const {
    OnnxNode result;
    read_proto(bytes, name_, [&](const ProtoField& field) {
      if (field.number == 1) result.inputs.emplace_back(field.text);
      if (field.number == 2) result.outputs.emplace_back(field.text);
      if (field.number == 3) result.name = field.text;
      if (field.number == 4) result.type = field.text;
      if (field.number == 5) attribute(field.text, result);
    });
    return result;
  }

  void attribute(std::string_view bytes, OnnxNode& node) const {
    std::string name;
    OnnxAttribute value;
    int64_t type = 0;
    read_proto(bytes, name_, [&](const ProtoField& field) {
      if (field.number == 1) name = field.text;
      if (field.number == 2) value.real = field.real();
      if (field.number == 3) value.integer = field.integer;
      if (field.number == 4) value.text = field.text;
      if (field.number == 8) integers(field, value.integers);
      if (field.number == 20) type = field.integer;
    });
    if (type == kOnnxAttributeFloat) {
      value.kind = OnnxAttribute::Kind::kReal;
    } else if (type == kOnnxAttributeInts) {
      value.kind = OnnxAttribute::Kind::kIntegers;
    } else if (type == kOnnxAttributeText) {
      value.kind = OnnxAttribute::Kind::kText;
    } else if (type != kOnnxAttributeInt) {
      fail(fmt::format("attribute '{}' of {} is of a type that is not read", name, node.type));
    }
    node.attributes[name] = std::move(value);
  }

  /// Repeated numbers come one a field, or packed.
  void integers(const ProtoField& field, std::vector<int64_t>& into) const {
    if (field.is_text) {
      read_packed(field.text, name_, [&](int64_t number) { into.push_back(number); });
    } else {
      into.push_back(field.integer);
    }
  }

  void tensor(std::string_view bytes, OnnxModel& model) const {
    std::string name;
    OnnxTensor result;
    int64_t type = 0;
    std::string_view raw_data;
    read_proto(bytes, name_, [&](const ProtoField& field) {
      if (field.number == 1) integers(field, result.shape);
      if (field.number == 2) type = field.integer;
      if (field.number == 8) name = field.text;
      // Constants whose values stand in typed fields, number by number, have no raw data and are
      // refused below.
      if (field.number == 9) raw_data = field.text;
    });
    // The shape is checked against the bytes that are there, before anything is allocated.
    uint64_t bytes_wanted = type == kOnnxFloat ? 4 : type == kOnnxInteger ? 8 : 0;
    if (bytes_wanted == 0 || result.shape.size() > kMostDimensions)
      fail(fmt::format("constant '{}' is of a type that is not read", name));
    for (const int64_t edge : result.shape)
      if (edge < 0 ||
          __builtin_mul_overflow(bytes_wanted, static_cast<uint64_t>(edge), &bytes_wanted))
        fail(fmt::format("the shape of constant '{}' is damaged", name));
    if (bytes_wanted != raw_data.size())
      fail(fmt::format("constant '{}' has {} bytes, its shape takes {}", name, raw_data.size(),
                       bytes_wanted));
    result.is_integer = type == kOnnxInteger;
    if (raw_data.empty()) {
      // memcpy may not be given the address of nothing
    } else if (type == kOnnxFloat) {
      result.floats.resize(raw_data.size() / 4);
      std::memcpy(result.floats.data(), raw_data.data(), raw_data.size());
    } else {
      result.integers.resize(raw_data.size() / 8);
      std::memcpy(result.integers.data(), raw_data.data(), raw_data.size());
    }
    model.constants[name] = std::move(result);
  }

  OnnxPort port(std::string_view bytes) const {
    OnnxPort result;
    int64_t type = 0;
    // ValueInfoProto, TypeProto, its tensor, its shape, the dimensions.
    const auto inner = [&](std::string_view message, int number, auto take) {
      read_proto(message, name_, [&](const ProtoField& field) {
        if (field.number == number) take(field);
      });
    };
    inner(bytes, 1, [&](const ProtoField& field) { result.name = field.text; });
    inner(bytes, 2, [&](const ProtoField& holder) {
      inner(holder.text, 1, [&](const ProtoField& tensor_type) {
        inner(tensor_type.text, 1, [&](const ProtoField& field) { type = field.integer; });
        inner(tensor_type.text, 2, [&](const ProtoField& shape) {
          inner(shape.text, 1, [&](const ProtoField& dimension) {
            OnnxEdge& edge = result.shape.emplace_back();
            inner(dimension.text, 1, [&](const ProtoField& size) { edge.size = size.integer; });
            inner(dimension.text, 2, [&](const ProtoField& name) { edge.name = name.text; });
          });
        });
      });
    });
    if (result.name.empty()) fail("an input or output has no name");
    if (type != kOnnxFloat && type != kOnnxInteger)
      fail(fmt::format("'{}' is of a type that is not read", result.name));
    result.is_integer = type == kOnnxInteger;
    return result;
  }

  const std::string& name_;
};

}  // namespace

OnnxModel read_onnx(std::string_view bytes, const std::string& name) {
  return OnnxReader(name).model(bytes);
}

}  // namespace nasnet::exchange
