#include "nasnet/exchange/file_kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string_view>

// Files that people take for weights, known by their first bytes, their names or what lies in them:
// each is refused with its name and the way to a file that is read. Content goes first, as names
// lie; the name goes before the guess that it is a text, as formats of text have names, too.

namespace nasnet::exchange {
namespace {

constexpr const char* kFromPython =
    "load it with the program that wrote it and save the network with "
    "torch.save(model.state_dict(), FILE), Keras' model.save_weights(FILE) or safetensors";
constexpr const char* kNoNames =
    "its names are those of the converted graph and its normalisations may be folded in; import "
    "the file that it was converted from";
constexpr const char* kUnpack = "unpack it and import the file of weights in it";

/// One kind that is refused: how it is told, and the two halves of the sentence.
struct FileKind {
  std::string_view mark;  // the bytes at `offset`, or the end of the name
  size_t offset;
  const char* what;
  const char* remedy;
};

constexpr FileKind kByContent[] = {
    {"GGUF", 0, "a GGUF file of llama.cpp", kNoNames},
    {"TFL3", 4, "a TensorFlow Lite model", kNoNames},
    {"\x93NUMPY", 0, "a single array of NumPy",
     "save all of the network's arrays with numpy.savez(FILE, **arrays)"},
    {"\x1f\x8b", 0, "packed with gzip", kUnpack},
    {"\x28\xb5\x2f\xfd", 0, "packed with zstd", kUnpack},
    {"BZh", 0, "packed with bzip2", kUnpack},
    {"\xfd"
     "7zXZ",
     0, "packed with xz", kUnpack},
    {"7z\xbc\xaf", 0, "a 7-Zip archive", kUnpack},
    {"Rar!", 0, "a RAR archive", kUnpack},
    {"\x7f"
     "ELF",
     0, "a compiled program", "import the file of weights that it was made from"},
    {"ptrt", 0, "a TensorRT engine", kNoNames},
    {"(dp", 0, "a pickle of Python's protocol 0", "load it in Python and save it with protocol 2"},
    {"(lp", 0, "a pickle of Python's protocol 0", "load it in Python and save it with protocol 2"},
};

constexpr const char* kFetchAgain =
    "a server or a copy gave it in place of the file; fetch the file again";

/// Texts: what a server, a clone or a copy gave in place of numbers. In small letters, without what
/// blanks stand before them.
constexpr FileKind kByText[] = {
    {"version https://git-lfs", 0, "a pointer of Git LFS, not the file itself",
     "fetch it with 'git lfs pull'"},
    {"<!doctype html", 0, "a web page", kFetchAgain},
    {"<html", 0, "a web page", kFetchAgain},
    {"<head", 0, "a web page", kFetchAgain},
    {"<!--", 0, "a web page", kFetchAgain},
    {"<", 0, "a document of XML", kFetchAgain},
    {"{", 0, "a text of JSON", "import the file of weights that belongs to it"},
    {"", 0, "a text", kFetchAgain},
};

constexpr FileKind kByName[] = {
    {".onnx", 0, "an ONNX model", kNoNames},
    {".tflite", 0, "a TensorFlow Lite model", kNoNames},
    {".mlmodel", 0, "a Core ML model", kNoNames},
    {".mlpackage", 0, "a Core ML package", kNoNames},
    {".msgpack", 0, "Flax's MessagePack",
     "read it in Python with flax.serialization.msgpack_restore and save the arrays as "
     "safetensors"},
    {".gguf", 0, "a GGUF file of llama.cpp", kNoNames},
    {".engine", 0, "a TensorRT engine", kNoNames},
    {".pte", 0, "an ExecuTorch program", kNoNames},
    {".caffemodel", 0, "a Caffe model", kFromPython},
    {".pdparams", 0, "a Paddle model", kFromPython},
    {".pdiparams", 0, "a Paddle model", kFromPython},
    {".params", 0, "an MXNet model", kFromPython},
    {".index", 0, "a damaged index of a TensorFlow checkpoint",
     "it does not end as one does; copy it again"},
    {".meta", 0, "the graph of a TensorFlow checkpoint", "import the .index beside it"},
    {"saved_model.pb", 0, "the graph of a TensorFlow SavedModel",
     "import its folder, with variables/variables.index in it"},
    {".pb", 0, "a frozen graph of TensorFlow", kNoNames},
    {".xml", 0, "OpenVINO's or another program's XML", kNoNames},
    {".tar", 0, "an archive", kUnpack},
    {".weights", 0, "Darknet's weights", kFromPython},
};

constexpr FileKind kByMember[] = {
    {"saved_model.pb", 0, "a packed TensorFlow SavedModel", kFromPython},
    {"model.weights.json", 0, "a Keras model with sharded weights",
     "save it again without max_shard_size"},
    {"serialized_exported_program.json", 0, "an exported program of torch.export", kFromPython},
    {"models/model.json", 0, "an exported program of torch.export", kFromPython},
    {"Manifest.json", 0, "a Core ML package", kNoNames},
    {".h5", 0, "an archive", kUnpack},
    {".keras", 0, "an archive", kUnpack},
    {".pth", 0, "an archive", kUnpack},
    {".pt", 0, "an archive", kUnpack},
    {".ckpt", 0, "an archive", kUnpack},
    {".safetensors", 0, "an archive", kUnpack},
};

/// Goes on from the file's name.
std::string sentence(const FileKind& kind) {
  return fmt::format("is {}, which is not read: {}", kind.what, kind.remedy);
}

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// "" where the bytes are no text.
std::string text_kind(std::string_view start) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (start.starts_with(kByteOrderMark)) start.remove_prefix(kByteOrderMark.size());
  const auto control = [](char c) {
    return static_cast<unsigned char>(c) < ' ' &&
           std::string_view("\t\n\r\f").find(c) == std::string_view::npos;
  };
  if (std::any_of(start.begin(), start.end(), control)) return "";
  const std::string text = in_small_letters(
      std::string(start.substr(std::min(start.find_first_not_of(" \t\n\r\f"), start.size()))));
  for (const FileKind& kind : kByText)
    if (text.starts_with(kind.mark)) return sentence(kind);
  return "";
}

}  // namespace

std::string unread_kind(const std::string& path, const std::string& start) {
  if (start.empty()) return "is empty; fetch it again";
  // A single zero is a caller's word for "the name decides".
  if (start.size() > 1 && start.find_first_not_of('\0') == std::string::npos)
    return "begins with nothing but zeros: its download or copy did not end; fetch it again";
  for (const FileKind& kind : kByContent)
    if (start.size() > kind.offset &&
        std::string_view(start).substr(kind.offset).starts_with(kind.mark))
      return sentence(kind);
  const std::string name = in_small_letters(std::filesystem::path(path).filename().string());
  for (const FileKind& kind : kByName)
    if (name.ends_with(kind.mark)) return sentence(kind);
  if (std::string text = text_kind(start); !text.empty()) return text;
  return "is no file of weights that is read: Keras' .h5 and .keras, PyTorch's .pth, .pt and "
         ".ckpt, .safetensors, TensorFlow's checkpoints and NumPy's .npz are";
}

std::vector<std::string> unread_kinds() {
  std::vector<std::string> result = unread_folder_kinds();
  const auto add = [&](const auto& kinds) {
    for (const FileKind& kind : kinds)
      if (std::find(result.begin(), result.end(), kind.what) == result.end())
        result.emplace_back(kind.what);
  };
  add(kByContent);
  add(kByText);
  add(kByName);
  add(kByMember);
  return result;
}

std::string unread_zip(const std::string& member) {
  for (const FileKind& kind : kByMember)
    if (member.ends_with(kind.mark)) return sentence(kind);
  return "";
}

}  // namespace nasnet::exchange
