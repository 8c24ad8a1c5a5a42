#include "nasnet/exchange/file_kinds.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

class FileKinds : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("nasnet-kinds-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// Of a file of this name and content, or the folder that it lies in.
  std::string refusal(const std::string& name, const std::string& content,
                      const std::string& opened) {
    write_file(folder_ / name, content);
    try {
      open_weight_file((folder_ / opened).string());
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  void expect_refused(const std::string& name, const std::string& content,
                      const std::string& kind) {
    EXPECT_NE(refusal(name, content, name).find(kind), std::string::npos)
        << name << ": " << refusal(name, content, name);
  }

  fs::path folder_;
};

TEST_F(FileKinds, AreNamedByTheirContent) {
  expect_refused("empty.pth", "", "is empty");
  expect_refused("sparse.pth", std::string(1000, '\0'), "nothing but zeros");
  expect_refused("weights.h5", "GGUF\3\0\0\0"s, "a GGUF file");
  expect_refused("model.pth", "\x1c\0\0\0TFL3"s, "a TensorFlow Lite model");
  expect_refused("weights.pth", "\x1f\x8b\x08\0"s, "packed with gzip");
  expect_refused("weights.npy", "\x93NUMPY\1\0\x10\0{'descr': '<f4' "s, "a single array of NumPy");
  expect_refused("old.pkl", "(dp0\nS'conv0'\n", "protocol 0");
  expect_refused("weights.bin", "no\1\2\3\4 weights", "is no file of weights that is read");
}

TEST_F(FileKinds, TextsInPlaceOfNumbersAreNamed) {
  expect_refused("lfs.pth", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
                 "a pointer of Git LFS");
  for (const char* page : {"<!DOCTYPE html><html>", "\n\n <!doctype HTML>", "<HTML>",
                           "\xef\xbb\xbf<html lang=\"de\">", "<head>", "<!-- page -->"})
    expect_refused("page.pth", page, "a web page");
  expect_refused("denied.pth", "<?xml version=\"1.0\"?><Error>", "a document of XML");
  expect_refused("missing.h5", "{\"error\": \"not found\"}", "a text of JSON");
  expect_refused("missing.bin", "Entry not found", "a text");
}

TEST_F(FileKinds, AreElseNamedByTheirNames) {
  const std::string content = "\x08\x07\x12\x0b...";
  expect_refused("MODEL.ONNX", content, "an ONNX model");
  expect_refused("model.ckpt.index", content, "a damaged index of a TensorFlow checkpoint");
  expect_refused("model.ckpt.meta", content, "the graph of a TensorFlow checkpoint");
  expect_refused("saved_model.pb", content, "the graph of a TensorFlow SavedModel");
  expect_refused("x.msgpack", content, "Flax's MessagePack");
}

TEST_F(FileKinds, FoldersAreNamedByWhatLiesInThem) {
  const auto in_folder = [&](const std::string& name) {
    const fs::path inner = folder_ / "f";
    fs::remove_all(inner);
    fs::create_directories(inner);
    return refusal("f/" + name, "x", "f");
  };
  EXPECT_NE(in_folder("x").find("name the file of weights in it"), std::string::npos);
  EXPECT_NE(in_folder("model.safetensors").find("import " + (folder_ / "f").string()),
            std::string::npos);
  EXPECT_NE(in_folder(".metadata").find("dcp_to_torch"), std::string::npos);
  EXPECT_NE(in_folder("zero_to_fp32.py").find("DeepSpeed"), std::string::npos);
  EXPECT_NE(in_folder("saved_model.pb").find("a TensorFlow SavedModel"), std::string::npos);
  EXPECT_NE(in_folder("manifest.json").find("a model of nasnet's own"), std::string::npos);
}

TEST_F(FileKinds, AllStandInTheDocumentation) {
  const std::string docs = read_file(NASNET_SOURCE_DIR "/docs/weights.md");
  for (const std::string& kind : unread_kinds())
    EXPECT_NE(docs.find("| " + kind), std::string::npos) << kind;
}

}  // namespace
}  // namespace nasnet::exchange
