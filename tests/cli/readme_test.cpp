#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>

#include "tests/cli/detector_set.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = NASNET_SOURCE_DIR;

struct Command {
  int line;
  std::string text;
};

/// The commands of a page's ```sh blocks, but for blocks that a comment `<!-- not run: why -->`
/// stands before. A backslash at the end of a line joins the next.
std::vector<Command> commands_of(const std::string& page) {
  std::vector<Command> commands;
  std::istringstream lines(page);
  std::string line, joined;
  bool inside = false, run = false, excluded = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.starts_with("```")) {
      run = !inside && line == "```sh" && !excluded;
      inside = !inside;
      excluded = false;
      continue;
    }
    if (!inside) {
      if (line.starts_with("<!-- not run:"))
        excluded = true;
      else if (!line.empty())
        excluded = false;
      continue;
    }
    if (!run || (joined.empty() && (line.empty() || line.starts_with("#")))) continue;
    if (line.ends_with("\\")) {
      joined += line.substr(0, line.size() - 1);
      continue;
    }
    commands.push_back({number, joined + line});
    joined.clear();
  }
  return commands;
}

TEST(Readme, CommandsAreFoundAsTheyStand) {
  const auto commands = commands_of(
      "a\n```sh\none\n# said\ntwo \\\n  three\n```\n```text\nno\n```\n"
      "<!-- not run: needs a GPU -->\n\n```sh\nno\n```\n```sh\nfour\n```\n");
  ASSERT_EQ(commands.size(), 3u);
  EXPECT_EQ(commands[0].text, "one");
  EXPECT_EQ(commands[1].text, "two   three");
  EXPECT_EQ(commands[2].text, "four");
  EXPECT_EQ(commands[2].line, 17);
}

/// Pages whose scripts exist and whose pictures and links lie where they say.
TEST(Readme, LinksAndPicturesExist) {
  const std::string page = read_text(kRoot / "README.md");
  ASSERT_NE(page, "");
  int links = 0;
  for (size_t at = page.find("]("); at != std::string::npos; at = page.find("](", at + 1)) {
    const std::string link = page.substr(at + 2, page.find(')', at) - at - 2);
    if (link.starts_with("http") || link.starts_with("#")) continue;
    EXPECT_TRUE(fs::exists(kRoot / link)) << link;
    ++links;
  }
  EXPECT_GT(links, 0);
}

TEST(Scripts, HelpAndRefuse) {
  for (const std::string name :
       {"quickstart", "test", "build", "deps", "bench", "gpu-check", "package"}) {
    const std::string script = (kRoot / "scripts" / name).string();
    const Outcome help = Process({script, "--help"}, "/").wait();
    EXPECT_EQ(help.status, 0) << name << ": " << help.err;
    EXPECT_NE(help.out.find("scripts/" + name), std::string::npos) << name << ": " << help.out;
    if (name == "bench") continue;  // gives what it does not know to the benchmark
    const Outcome refused = Process({script, "nonsense"}, "/").wait();
    EXPECT_EQ(refused.status, 2) << name;
    EXPECT_NE(refused.err.find("'nonsense'"), std::string::npos) << name << ": " << refused.err;
  }
}

/// The folder of a user who has followed the first command: the program lies where the scripts
/// leave it, beside pictures of the user's own.
void lay_out(const Folder& folder) {
  fs::create_directories(folder / "build/release");
  fs::create_symlink(nasnet_path(), folder / "build/release/nasnet");
  write_colour_classes(folder / "my-images", 40);
  write_colour_classes(folder / "photos-by-class", 2);
  write_boxes(folder / "my-boxes", "train", 12);
  write_boxes(folder / "my-boxes", "val", 4);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "photos-by-class"))
    if (entry.is_regular_file()) {
      const fs::path file = entry.path();
      fs::create_directories(folder / "photos");
      fs::copy_file(file, folder / "photos" /
                              (file.parent_path().filename().string() + file.filename().string()));
    }
}

TEST(SlowReadme, EveryCommandRuns) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "the package dataset-fashion-mnist is not installed";
  const auto commands = commands_of(read_text(kRoot / "README.md"));
  ASSERT_GE(commands.size(), 7u);
  Folder folder;
  lay_out(folder);
  for (const Command& command : commands) {
    SCOPED_TRACE("README.md:" + std::to_string(command.line) + ": " + command.text);
    const std::string first = command.text.substr(0, command.text.find(' '));
    if (first == "git" || first == "cd") continue;
    if (first.starts_with("scripts/")) {  // they build, or run this very test
      EXPECT_EQ(::access((kRoot / first).c_str(), X_OK), 0);
      continue;
    }
    const Outcome outcome = Process({"sh", "-c", command.text}, folder.path()).wait(600);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out, "");
  }
}

}  // namespace
}  // namespace nasnet::test
