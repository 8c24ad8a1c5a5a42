#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "nasnet/base/program.h"
#include "nasnet/base/shell.h"
#include "nasnet/base/text.h"
#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

using Words = std::vector<std::string>;

/// What a shell offers for the last word of a line, sorted; each in the way that its own tests go.
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

/// zsh completes in its line editor only: one is driven through a terminal of its own.
TEST_F(Completion, InZsh) {
  if (find_program("zsh").empty()) GTEST_SKIP() << "no zsh here";
  const auto zsh = [&](const std::string& line) {
    const std::string script = R"(
zmodload zsh/zpty
zpty z zsh -f -i
drain() { local out; while zpty -r -t z out; do :; done }
zpty -w z 'PS1=; autoload -Uz compinit; compinit -u; source ./nasnet.zsh'
zpty -w z 'comp-show() { compadd -O found "$@"; print -rl -- "<"$^found">"; builtin compadd "$@" }'
zpty -w z 'functions[compadd]="local -a found; builtin compadd -O found \"\$@\"; (( \$#found )) && print -rl -- \"<\"\$^found\">\"; builtin compadd \"\$@\""'
sleep 1
zpty -w -n z ")" + line + R"("$'\t'
sleep 2
local out all; while zpty -r -t z out; do all+=$out; done
print -r -- $all | tr -d '\r' | sed -n 's/^.*<\([^<>]*\)>$/\1/p' | sort -u
)";
    return run({"zsh", "-f", "-c", script});
  };
  EXPECT_TRUE(offers(zsh("nasnet sea"), "search"));
  EXPECT_TRUE(offers(zsh("nasnet search --strategy=rei"), "reinforce"));
  EXPECT_TRUE(offers(zsh("nasnet search --strate"), "--strategy"));
  EXPECT_TRUE(offers(zsh("nasnet draw amoebanet-"), "amoebanet-d"));
}

}  // namespace
}  // namespace nasnet::test
