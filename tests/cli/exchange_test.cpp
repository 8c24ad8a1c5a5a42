#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// A folder with a small trained model, "model", of three classes of colours.
class SlowExchange : public testing::Test {
 protected:
  void SetUp() override {
    write_colour_classes(folder_ / "colours", 12);
    const Outcome trained =
        nasnet({"train", "nasnet-a", "--data", "colours", "--cells", "1", "--filters", "4",
                "--epochs", "2", "--batch", "8", "--out", "model"},
               folder_.path());
    ASSERT_EQ(trained.status, 0) << trained.err;
  }
  Folder folder_;
};

TEST_F(SlowExchange, ExportIsCheckedAndRecorded) {
  const Outcome plain = nasnet({"export", "model"}, folder_.path());
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_NE(plain.out.find("logits agree with the network within"), std::string::npos);
  const Outcome folded =
      nasnet({"export", "model", "--onnx", "folded.onnx", "--fold", "--opset", "13", "--json"},
             folder_.path());
  ASSERT_EQ(folded.status, 0) << folded.err;
  const nlohmann::json result = last_json(folded);
  EXPECT_LE(result.at("difference").get<double>(), 1e-4);
  EXPECT_EQ(result.at("opset"), 13);
  const auto manifest = nlohmann::json::parse(read_text(folder_ / "model/manifest.json"));
  ASSERT_EQ(manifest.at("exports").size(), 2u);
  EXPECT_EQ(manifest["exports"][1].at("file"), "folded.onnx");
  EXPECT_EQ(manifest["exports"][1].at("difference"), result.at("difference"));
  EXPECT_EQ(manifest["exports"][1].at("sha256").get<std::string>().size(), 64u);
  // The same file again takes the place of its record.
  ASSERT_EQ(nasnet({"export", "model", "--onnx", "folded.onnx"}, folder_.path()).status, 0);
  EXPECT_EQ(nlohmann::json::parse(read_text(folder_ / "model/manifest.json")).at("exports").size(),
            2u);
  expect_refused(nasnet({"export", "model", "--opset", "18"}, folder_.path()),
                 {"opset is 18", "13 to 17"});
  expect_refused(nasnet({"export", "nothing"}, folder_.path()), {"nothing", "no model folder"});
}

TEST_F(SlowExchange, ANetworkWithBrokenWeightsIsNotExported) {
  // Weights that are not finite cannot agree with anything; loading refuses them by name.
  const auto manifest = nlohmann::json::parse(read_text(folder_ / "model/manifest.json"));
  const fs::path weights = folder_ / "model" / manifest.at("weights").get<std::string>();
  std::string bytes = read_text(weights);
  for (size_t i = bytes.size() - 4; i < bytes.size(); ++i) bytes[i] = '\xff';
  write_text(weights, bytes);
  expect_refused(nasnet({"export", "model", "--onnx", "x.onnx"}, folder_.path()), {"not finite"});
  EXPECT_FALSE(fs::exists(folder_ / "x.onnx"));
}

TEST_F(SlowExchange, LogitsThatAreNotNumbersAreNotExported) {
  // Finite weights whose products are infinite: two ways of adding them agree in nothing.
  const auto manifest = nlohmann::json::parse(read_text(folder_ / "model/manifest.json"));
  const fs::path weights = folder_ / "model" / manifest.at("weights").get<std::string>();
  std::string bytes = read_text(weights);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto entries = nlohmann::json::parse(bytes.substr(8, header));
  const auto& places = entries.at("final_layer/FC/weights").at("data_offsets");
  for (size_t i = places[0]; i < places[1].get<size_t>(); i += sizeof(float)) {
    const float value = i % 8 == 0 ? 3e38f : -3e38f;
    std::memcpy(bytes.data() + 8 + header + i, &value, sizeof value);
  }
  write_text(weights, bytes);
  expect_refused(nasnet({"export", "model", "--onnx", "x.onnx"}, folder_.path()),
                 {"the answers of model are not numbers"});
  EXPECT_FALSE(fs::exists(folder_ / "x.onnx"));
}

TEST_F(SlowExchange, WeightsAreReadableFromPython) {
  const auto manifest = nlohmann::json::parse(read_text(folder_ / "model/manifest.json"));
  const fs::path weights = folder_ / "model" / manifest.at("weights").get<std::string>();
  const std::string python = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
  if (std::system((python + " -c 'import safetensors.numpy' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "Python's safetensors is not there; scripts/oracles installs it";
  const std::string check =
      " -c \"import sys,numpy,safetensors.numpy;"
      "t=safetensors.numpy.load_file(sys.argv[1]);"
      "w=t['l1_stem_3x3/weights'];assert w.shape==(12,3,3,3) and w.dtype==numpy.float32;"
      "assert t['final_layer/FC/weights'].shape==(3,96);"
      "assert all(numpy.isfinite(x).all() for x in t.values()) and numpy.ptp(w)>0\" ";
  EXPECT_EQ(std::system((python + check + weights.string()).c_str()), 0);
}

/// A folder that another process writes, as long as the object lives.
class Held {
 public:
  explicit Held(const fs::path& folder)
      : process_((fs::create_directories(folder),
                  std::vector<std::string>{"flock", "-F", folder.string(), "sh", "-c",
                                           "touch \"$0\"; exec sleep 100", mark(folder)}),
                 folder.parent_path()) {
    while (!fs::exists(mark(folder))) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    fs::remove(mark(folder));
  }
  ~Held() { process_.signal(SIGKILL); }

 private:
  static std::string mark(const fs::path& folder) { return folder.string() + ".held"; }
  Process process_;
};

TEST_F(SlowExchange, AnImportIsWholeOrNotThere) {
  const auto manifest = nlohmann::json::parse(read_text(folder_ / "model/manifest.json"));
  const fs::path weights = folder_ / "model" / manifest.at("weights").get<std::string>();
  const std::vector<std::string> import = {"import", weights.string(), "--out", "again/", "--cells",
                                           "1",      "--filters",      "4"};
  // As a killed import leaves it.
  fs::create_directories(folder_ / "again.importing");
  write_text(folder_ / "again.importing/weights-0.safetensors.part-Xy12Zw", "half");
  const Outcome whole = nasnet(import, folder_.path());
  ASSERT_EQ(whole.status, 0) << whole.err;
  EXPECT_FALSE(fs::exists(folder_ / "again.importing"));
  EXPECT_EQ(nasnet({"predict", "again", "colours"}, folder_.path()).status, 0);
  expect_refused(nasnet(import, folder_.path()), {"again", "holds a model already"});
  // As another import holds it that is not done.
  fs::remove_all(folder_ / "again");
  fs::create_directories(folder_ / "again.importing");
  write_text(folder_ / "again.importing/weights-0.safetensors", "half");
  {
    const Held other(folder_ / "again.importing");
    expect_refused(nasnet(import, folder_.path()), {"again", "another process"});
    EXPECT_EQ(read_text(folder_ / "again.importing/weights-0.safetensors"), "half");
  }
  {
    const Held training(folder_ / "again");
    expect_refused(nasnet(import, folder_.path()), {"again", "another process"});
    expect_refused(nasnet({"train", "enas", "--data", "colours", "--out", "again"}, folder_.path()),
                   {"again", "another process"});
    EXPECT_TRUE(fs::is_empty(folder_ / "again"));
  }
  EXPECT_EQ(nasnet(import, folder_.path()).status, 0);

  // One value is spoilt: neither the folder nor what it was to become stays.
  fs::remove_all(folder_ / "again");
  std::string bytes = read_text(weights);
  const float nan = NAN;
  std::memcpy(bytes.data() + bytes.size() - sizeof nan, &nan, sizeof nan);
  write_text(weights, bytes);
  expect_refused(nasnet(import, folder_.path()), {"not finite", "nothing was imported"});
  EXPECT_FALSE(fs::exists(folder_ / "again"));
  EXPECT_FALSE(fs::exists(folder_ / "again.importing"));
}

TEST(Import, RefusesWhatItCannotRead) {
  Folder folder;
  write_text(folder / "words.pth", "these are no weights, whatever the name says");
  expect_refused(nasnet({"import", "words.pth"}, folder.path()), {"words.pth", "is a text"});
  expect_refused(nasnet({"import", "missing.h5"}, folder.path()), {"missing.h5"});
  // A pickle that would run a command.
  write_text(folder / "evil.pth", std::string("\x80\x02") + "cposix\nsystem\nX\x0b" +
                                      std::string(3, '\0') + "touch owned\x85R.");
  expect_refused(nasnet({"import", "evil.pth"}, folder.path()),
                 {"evil.pth", "'posix.system'", "not called"});
  EXPECT_FALSE(fs::exists(folder / "owned"));
  expect_refused(nasnet({"import", "evil.pth", "--stack", "large4"}, folder.path()), {"large4"});
  expect_refused(nasnet({"import", "evil.pth", "--pooling", "kera"}, folder.path()), {"keras"});
  EXPECT_FALSE(fs::exists(folder / "model-evil"));
}

}  // namespace
}  // namespace nasnet::test
