#include <bit>

#include "nasnet/base/number_types.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/exchange/onnx.h"

// A model as the bytes of an ONNX file. Messages are written from the innermost out. Field numbers
// are those of onnx.proto, by message.

namespace nasnet::exchange {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

ProtoWriter attribute(const std::string& name, const OnnxAttribute& value) {
  ProtoWriter writer;
  writer.text(1, name);
  switch (value.kind) {
    case OnnxAttribute::Kind::kReal:
      writer.real(2, value.real);
      writer.integer(20, kOnnxAttributeFloat);
      break;
    case OnnxAttribute::Kind::kInteger:
      writer.integer(3, value.integer);
      writer.integer(20, kOnnxAttributeInt);
      break;
    case OnnxAttribute::Kind::kIntegers:
      for (const int64_t number : value.integers) writer.integer(8, number);
      writer.integer(20, kOnnxAttributeInts);
      break;
    case OnnxAttribute::Kind::kText:
      writer.text(4, value.text);
      writer.integer(20, kOnnxAttributeText);
      break;
  }
  return writer;
}

ProtoWriter node(const OnnxNode& value) {
  ProtoWriter writer;
  for (const std::string& input : value.inputs) writer.text(1, input);
  for (const std::string& output : value.outputs) writer.text(2, output);
  writer.text(3, value.name);
  writer.text(4, value.type);
  for (const auto& [name, one] : value.attributes) writer.message(5, attribute(name, one));
  return writer;
}

ProtoWriter tensor(const std::string& name, const OnnxTensor& value) {
  ProtoWriter writer;
  for (const int64_t edge : value.shape) writer.integer(1, edge);
  writer.integer(2, value.is_integer ? kOnnxInteger : kOnnxFloat);
  writer.text(8, name);
  writer.text(9, value.is_integer ? bytes_of(value.integers) : bytes_of(value.floats));
  return writer;
}

ProtoWriter value_info(const OnnxPort& port) {
  ProtoWriter edges;
  for (const OnnxEdge& edge : port.shape) {
    ProtoWriter dimension;
    if (edge.name.empty()) {
      dimension.integer(1, edge.size);
    } else {
      dimension.text(2, edge.name);
    }
    edges.message(1, dimension);
  }
  ProtoWriter type, tensor_type, writer;
  tensor_type.integer(1, port.is_integer ? kOnnxInteger : kOnnxFloat);
  tensor_type.message(2, edges);
  type.message(1, tensor_type);
  writer.text(1, port.name);
  writer.message(2, type);
  return writer;
}

}  // namespace

std::string write_onnx(const OnnxModel& model) {
  ProtoWriter graph;
  for (const OnnxNode& one : model.nodes) graph.message(1, node(one));
  graph.text(2, "nasnet");
  for (const auto& [name, value] : model.constants) graph.message(5, tensor(name, value));
  for (const OnnxPort& port : model.inputs) graph.message(11, value_info(port));
  for (const OnnxPort& port : model.outputs) graph.message(12, value_info(port));

  ProtoWriter writer, opset;
  writer.integer(1, model.opset >= 15 ? 8 : 7);  // the IR version that came with the opset
  writer.text(2, "nasnet");
  writer.text(3, model.producer_version);
  opset.text(1, "");
  opset.integer(2, model.opset);
  writer.message(8, opset);
  for (const auto& [key, value] : model.metadata) {
    ProtoWriter entry;
    entry.text(1, key);
    entry.text(2, value);
    writer.message(14, entry);
  }
  writer.message(7, graph);
  return writer.take();
}

}  // namespace nasnet::exchange
