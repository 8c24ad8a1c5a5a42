#include "nasnet/data/dataset.h"
#include "tests/data/with_pillow.h"

namespace nasnet::data {
namespace {

/// Parquet files are refused with the line that makes class folders of them; it is run here.
class Parquet : public WithPillow {
 protected:
  /// Runs the line of the refusal in the folder, with the oracles' Python.
  void convert(const std::string& set) const {
    const std::string message = refusal([&] { load(path(set)); });
    const std::string install = "pip install pyarrow && python3 ";
    const size_t line = message.find(install);
    ASSERT_NE(line, std::string::npos) << message;
    const std::string command =
        "cd '" + folder_.string() + "' && " + python_ + " " + message.substr(line + install.size());
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
};

TEST_F(Parquet, FilesComeWithTheLineThatMakesClassFoldersOfThem) {
  if (std::system((python_ + " -c 'import pyarrow.parquet' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "pyarrow is not there; scripts/oracles installs it";
  for (uint8_t i = 0; i < 4; ++i) write({{std::to_string(i) + ".png", flat_png(8, 8, i, 90, 9)}});
  run("make_parquet.py");
  std::filesystem::create_directories(folder_ / "it's a set");
  std::filesystem::rename(folder_ / "data", folder_ / "it's a set/data");

  convert("it's a set");
  const DataSet named = load(path("images"));
  EXPECT_EQ(named.classes, (std::vector<std::string>{"big_dog", "cat"}));
  EXPECT_EQ(named.train.labels, (std::vector<int>{0, 0, 1, 1}));
  EXPECT_EQ(named.test.size(), 2);
  ASSERT_EQ(named.left_out.size(), 1u);
  EXPECT_EQ(named.left_out[0].images, 1) << "the one without a label";

  std::filesystem::remove_all(folder_ / "images");
  convert("numbers.parquet");
  EXPECT_EQ(load(path("images")).classes, (std::vector<std::string>{"3", "7"}));
}

}  // namespace
}  // namespace nasnet::data
