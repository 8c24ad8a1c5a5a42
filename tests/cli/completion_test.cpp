#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "nasnet/base/program.h"
#include "nasnet/base/shell.h"
#include "nasnet/base/text.h"
#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

using Words = std::vector<std::string>;

/// The words that a shell offers for the last one of a line, sorted; each shell is asked as its own
/// tests do.
class Completion : public testing::Test {
 protected:
  void SetUp() override {
    write_text(folder_ / "images" / "x", "");
    write_text(folder_ / "my study.db", "");
    write_text(folder_ / "mine.toml", "");
    for (const std::string shell : {"bash", "zsh", "fish"})
      write_text(folder_ / ("nasnet." + shell), nasnet({"completion", shell}).out);
  }
  Words run(const Words& command) const {
    const Outcome outcome = Process(command, folder_.path(), {{"HOME", folder_.path()}}).wait(60);
    EXPECT_EQ(outcome.err, "");
    Words words = lines_of(outcome.out);
    std::sort(words.begin(), words.end());
    return words;
  }
  static bool offers(const Words& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }

  Words bash(const Words& words) const {
    std::string list;
    for (const std::string& word : words) list += " " + shell_quoted(word);
    return run({"bash", "--norc", "-c",
                "source nasnet.bash; COMP_WORDS=(" + list +
                    "); COMP_CWORD=" + std::to_string(words.size() - 1) +
                    "; _nasnet; printf '%s\\n' \"${COMPREPLY[@]}\""});
  }
  Words fish(const std::string& line) const {
    Words words =
        run({"fish", "--no-config", "-c", "source nasnet.fish; complete -C" + shell_quoted(line)});
    for (std::string& word : words) word = word.substr(0, word.find('\t'));
    return words;
  }

  Folder folder_;
};

TEST_F(Completion, OfAnUnknownShellNamesThoseThereAre) {
  expect_refused(nasnet({"completion", "bsh"}), {"'bsh'", "did you mean 'bash'?"});
}

TEST_F(Completion, InBash) {
  if (find_program("bash").empty()) GTEST_SKIP() << "no bash here";
  EXPECT_EQ(bash({"nasnet", "se"}), (Words{"search"}));
  EXPECT_TRUE(offers(bash({"nasnet", ""}), "evaluate"));
  EXPECT_EQ(bash({"nasnet", "search", "--str"}), (Words{"--strategy"}));
  EXPECT_EQ(bash({"nasnet", "search", "--strategy", "re"}), (Words{"reinforce"}));
  EXPECT_EQ(bash({"nasnet", "search", "--strategy", "=", "ev"}), (Words{"evolution"}));
  EXPECT_EQ(bash({"nasnet", "search", "--strategy", "="}).size(), 5u);
  EXPECT_EQ(bash({"nasnet", "search", "--study", "m"}), (Words{"mine.toml", "my study.db"}));
  EXPECT_EQ(bash({"nasnet", "train", "nasnet-a", "--out", ""}), (Words{"images"}));
  EXPECT_EQ(bash({"nasnet", "draw", "amoebanet-a"}), (Words{"amoebanet-a"}));
  EXPECT_EQ(bash({"nasnet", "search", "--trials", ""}), Words{});
  EXPECT_EQ(bash({"nasnet", "completion", "z"}), (Words{"zsh"}));
  EXPECT_TRUE(offers(bash({"nasnet", "search", "--no-b"}), "--no-baseline"));
}

TEST_F(Completion, InFish) {
  if (find_program("fish").empty()) GTEST_SKIP() << "no fish here";
  EXPECT_EQ(fish("nasnet sea"), (Words{"search"}));
  EXPECT_TRUE(offers(fish("nasnet "), "evaluate"));
  EXPECT_EQ(fish("nasnet search --strat"), (Words{"--strategy"}));
  EXPECT_EQ(fish("nasnet search --strategy rei"), (Words{"reinforce"}));
  EXPECT_TRUE(offers(fish("nasnet search --study m"), "mine.toml"));
  EXPECT_TRUE(offers(fish("nasnet draw amoeba"), "amoebanet-a"));
  EXPECT_EQ(fish("nasnet completion z"), (Words{"zsh"}));
}

/// zsh completes in its line editor only: one runs in a terminal of its own, where a tab is typed.
/// Answers what the terminal shows once it shows `wanted`, or after ten seconds.
std::string zsh(const std::string& line, const std::string& wanted,
                const std::filesystem::path& folder) {
  const std::string script = R"(zmodload zsh/zpty
zpty -b z 'zsh -f -i'
zpty -w z 'PS1=; unsetopt prompt_sp prompt_cr; stty columns 200'
zpty -w z 'autoload -Uz compinit; compinit -u -D; source ./nasnet.zsh; print REA\DY'
listen() {
  local out
  for ((i = 0; i < 200; i++)); do
    while zpty -r -t z out; do all+=$out; done
    [[ $all == *$1* ]] && break
    sleep 0.05
  done
}
all= && listen READY
all= && zpty -w -n z "$LINE"$'\t' && listen $WANTED
print -r -- $all
zpty -d z)";
  const Outcome outcome =
      Process({"zsh", "-f", "-c", script}, folder,
              {{"HOME", folder.string()}, {"LINE", line}, {"WANTED", wanted}, {"TERM", "vt100"}})
          .wait(60);
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

TEST_F(Completion, InZsh) {
  if (find_program("zsh").empty()) GTEST_SKIP() << "no zsh here";
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"nasnet sea", "nasnet search"},
      {"nasnet search --strate", "nasnet search --strategy"},
      {"nasnet search --strategy rei", "nasnet search --strategy reinforce"},
      {"nasnet search --strategy=evo", "nasnet search --strategy=evolution"},
      {"nasnet search --study mi", "nasnet search --study mine.toml"},
      {"nasnet draw dart", "nasnet draw darts-v2"},
      {"nasnet completion f", "nasnet completion fish"}};
  for (const auto& [typed, completed] : lines) {
    const std::string shown = zsh(typed, completed, folder_.path());
    EXPECT_NE(shown.find(completed), std::string::npos) << typed << ": " << shown;
  }
}

}  // namespace
}  // namespace nasnet::test
