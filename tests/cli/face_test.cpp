#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

const std::vector<std::string> kVerbs = {"search",  "train",  "transfer", "evaluate",
                                         "predict", "export", "import",   "describe",
                                         "draw",    "data",   "doctor",   "latency"};

TEST(Face, VersionSaysWhichProgramAndWhichLibtorch) {
  const Outcome outcome = nasnet({"--version"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out.find("nasnet 0."), 0u) << outcome.out;
  EXPECT_NE(outcome.out.find("libtorch"), std::string::npos);
  EXPECT_EQ(outcome.err, "");
}

TEST(Face, HelpListsEveryVerbAndEveryVerbHelps) {
  const Outcome program = nasnet({"--help"});
  EXPECT_EQ(program.status, 0);
  for (const std::string& verb : kVerbs) {
    EXPECT_NE(program.out.find("\n  " + verb), std::string::npos) << verb;
    const Outcome outcome = nasnet({verb, "--help"});
    EXPECT_EQ(outcome.status, 0) << verb;
    for (const std::string flag :
         {"--json", "--seed", "--device", "--threads", "--config", "--quiet"})
      EXPECT_NE(outcome.out.find(flag), std::string::npos) << verb << " " << flag;
  }
}

TEST(Face, HelpSaysDefaultAndRange) {
  const Outcome outcome = nasnet({"train", "--help"});
  EXPECT_NE(outcome.out.find("(auto, cpu, cuda) [auto]"), std::string::npos) << outcome.out;
}

TEST(Face, OutputThatCannotBeWrittenIsAnError) {
  const std::string program = nasnet_path();
  for (const std::string arguments : {" describe nasnet-a", " draw nasnet-a --json", " data"})
    expect_refused(Process({"sh", "-c", program + arguments + " >/dev/full"}, "/").wait(),
                   {"cannot write the output", "No space left"});
}

TEST(Face, UnknownVerbsGetTheNearest) {
  expect_refused(nasnet({"serach"}), {"unknown verb 'serach'", "did you mean 'search'?"});
  expect_refused(nasnet({"xyzzyxyzzy"}), {"unknown verb", "search", "draw"});
}

TEST(Face, UnknownFlagsGetTheNearest) {
  for (const std::string& verb : kVerbs)
    expect_refused(nasnet({verb, "--devise", "cpu", "x", "x"}), {"--devise", "--device"});
  expect_refused(nasnet({"search", "--trails=3"}), {"'--trails'", "'--trials'"});
  expect_refused(nasnet({"--versoin"}), {"'--versoin'"});
}

TEST(Face, ValuesOutOfRangeNameSettingValueAndRange) {
  expect_refused(nasnet({"describe", "nasnet-a", "--cells", "101"}), {"cells", "101", "100"});
  expect_refused(nasnet({"describe", "nasnet-a", "--cells", "two"}), {"cells", "two", "number"});
  expect_refused(nasnet({"describe", "nasnet-a", "--cells", "99999999999"}), {"cells", "large"});
  expect_refused(nasnet({"describe", "nasnet-a", "--cells"}), {"--cells"});
  expect_refused(nasnet({"describe", "nasnet-a", "--stack", "moble"}), {"'moble'", "'mobile'"});
  expect_refused(nasnet({"describe", "nasnet-a", "--input", "32x32"}), {"32x32", "32x32x3"});
  expect_refused(nasnet({"describe", "nasnet-a", "--input", "2x2x3"}), {"2x2"});
  expect_refused(nasnet({"describe", "nasnet-a", "--input", "999999999x9x3"}), {"999999999"});
  expect_refused(nasnet({"draw", "nasnet-a", "--seed", "-1"}), {"seed", "-1"});
  expect_refused(nasnet({"draw", "nasnet-a", "--device", "gpu"}), {"'gpu'", "cpu"});
  expect_refused(nasnet({"search", "--strategy", "ppp"}), {"'ppp'", "'ppo'"});
  expect_refused(nasnet({"search", "--operations", "sep_conv_5x4"}), {"'sep_conv_5x5'"});
  expect_refused(nasnet({"search", "--combines", "ad"}), {"'ad'", "'add'"});
  expect_refused(nasnet({"search", "--time", "3 weeks"}), {"3 weeks"});
}

TEST(Face, ASwitchTakesTrueOrFalse) {
  expect_refused(nasnet({"describe", "nasnet-a", "--json=3"}), {"json", "true or false", "'3'"});
  EXPECT_EQ(last_json(nasnet({"describe", "nasnet-a", "--json=true", "--json"}))["cells"], 6);
}

TEST(Face, ValuesThatAreNoNumbersAreRefused) {
  for (const std::string value : {"nan", "inf", "-inf", "1e400", "-1e400", "", " ", "0x", "1,5"})
    expect_refused(nasnet({"train", "nasnet-a", "--data", "x", "--learning-rate=" + value}),
                   {"learning"});
  for (const std::string value : {"-1", "1.5", "", "9223372036854775808", "1e3"})
    expect_refused(nasnet({"train", "nasnet-a", "--data", "x", "--epochs=" + value}), {"epochs"});
  for (const std::string value : {"-5s", "nan", "inf", "1e400", "s", "1 h x"})
    expect_refused(nasnet({"search", "--time=" + value}), {"--time"});
  for (const std::string value : {"-1GB", "nan", "inf", "GB", "1e400GB", "0.1"})
    expect_refused(nasnet({"search", "--trial-memory=" + value}), {"--trial-memory"});
}

TEST(Face, AMissingGpuIsSaidBeforeAnyWork) {
  Folder folder;
  write_colour_classes(folder / "data", 4);
  const std::string data = (folder / "data").string();
  const auto before = folder.files();
  const Outcome outcome =
      nasnet({"train", "nasnet-a", "--data", data, "--device", "cuda"}, folder.path());
  if (outcome.status == 0) GTEST_SKIP() << "this machine has a GPU";
  expect_refused(outcome, {"--device cuda"});
  EXPECT_EQ(folder.files(), before);
}

TEST(Config, KeysAreFlagsAndFlagsWin) {
  Folder folder;
  write_text(folder / "a.toml", "cells = 4\nauxiliary_head = true\n[describe]\nfilters = 24\n");
  const auto file = nasnet({"describe", "nasnet-a", "--json", "--config", "a.toml"}, folder.path());
  EXPECT_EQ(last_json(file)["cells"], 4);
  EXPECT_EQ(last_json(file)["filters"], 24);
  const auto flag = nasnet({"describe", "nasnet-a", "--json", "--config", "a.toml", "--cells", "6"},
                           folder.path());
  EXPECT_EQ(last_json(flag)["cells"], 6);
  EXPECT_EQ(last_json(flag)["filters"], 24);
}

TEST(Config, FaultsNameTheFileAndTheKey) {
  Folder folder;
  write_text(folder / "key.toml", "cels = 3\n");
  write_text(folder / "value.toml", "cells = \"three\"\n");
  write_text(folder / "range.toml", "cells = 1000\n");
  const auto describe = [&](const std::string& file) {
    return nasnet({"describe", "nasnet-a", "--config", file}, folder.path());
  };
  expect_refused(describe("key.toml"), {"key.toml", "'cels'", "'cells'"});
  expect_refused(describe("value.toml"), {"value.toml", "cells", "three"});
  expect_refused(describe("range.toml"), {"range.toml", "cells", "1000"});
  expect_refused(describe("none.toml"), {"none.toml"});
  expect_refused(describe("."), {"directory"});
}

TEST(Config, IsTomlAsPeopleWriteIt) {
  Folder folder;
  const auto described = [&](const std::string& text) {
    write_text(folder / "a.toml", text);
    return last_json(
        nasnet({"describe", "nasnet-a", "--json", "--config", "a.toml"}, folder.path()));
  };
  for (const std::string text :
       {"cells = 4\nclasses = 1_000\n",
        "\xef\xbb\xbf"
        "cells = 4\r\nclasses = 1000\r\n",
        "describe = { cells = 4, classes = 0x3E8 }\n",
        "describe.cells = 4\ndescribe.classes = 1000",
        "# a comment\n[describe] # another\n  'cells' = 4\n\"classes\" = +1000\n",
        "cells = 9\n[describe]\ncells = 4\nclasses = 1000\n[search]\ntrials = 3\n"}) {
    const nlohmann::json result = described(text);
    EXPECT_EQ(result["cells"], 4) << text;
    EXPECT_EQ(result["classes"], 1000) << text;
  }
}

TEST(Config, ArraysMayStandInSeveralLines) {
  Folder folder;
  write_text(folder / "a.toml",
             "operations = [\n  \"identity\", # one\n  'sep_conv_5x4',\n]\n[search]\ntime = 90\n");
  expect_refused(nasnet({"search", "--config", "a.toml"}, folder.path()),
                 {"'sep_conv_5x4'", "'sep_conv_5x5'"});
}

TEST(Face, FaultsNameTheFlag) {
  const auto refused = [](const std::vector<std::string>& flags, const std::string& part) {
    std::vector<std::string> arguments = {"describe", "nasnet-a"};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    expect_refused(nasnet(arguments), {part});
  };
  refused({"--cells"}, "--cells wants a value; `nasnet describe --help` says more");
  refused({"--cells", "3", "--cells", "4"}, "--cells was given more than once");
  refused({"--cells", "0"}, "--cells is 0, must be 1 to 100");
  refused({"--auxiliary-head=3"}, "--auxiliary-head must be true or false");
  refused({"--stack", "mobil"}, "--stack cannot be 'mobil'; did you mean 'mobile'?");
}

TEST(Face, ArgumentsMayStandBehindFlags) {
  const std::vector<std::string> value = {"--threads", "1"};
  for (const std::vector<std::string>& command : {std::vector<std::string>{"train", "nasnet-a"},
                                                  {"transfer", "nasnet-a"},
                                                  {"evaluate", "nowhere"},
                                                  {"predict", "nowhere", "a.png", "b.png"}}) {
    std::vector<std::string> first = command, last = command;
    first.insert(first.begin() + 1, value.begin(), value.end());
    last.insert(last.end(), value.begin(), value.end());
    for (std::vector<std::string>* words : {&first, &last})
      words->insert(words->end(), {"--seed", "1"});
    if (command[0] != "predict")
      for (std::vector<std::string>* words : {&first, &last})
        words->insert(words->end(), {"--data", "nowhere"});
    expect_refused(nasnet(first), {"nowhere"});
    EXPECT_EQ(nasnet(first).err, nasnet(last).err) << command[0];
  }
}

TEST(Config, FaultsNameTheLine) {
  Folder folder;
  const auto refused = [&](const std::string& text, const std::vector<std::string>& parts) {
    write_text(folder / "a.toml", text);
    expect_refused(nasnet({"describe", "nasnet-a", "--config", "a.toml"}, folder.path()), parts);
  };
  refused("\n\ncels = 3\n", {"--config a.toml, line 3: unknown key 'cels'", "'cells'"});
  refused("cells = 3\ncells = 4\n", {"a.toml, line 2"});
  refused("\ncells = \n", {"a.toml, line 2"});
  refused("cells = 3.5\n", {"line 1: cells must be a whole number, not 3.5"});
  refused("cells = \"3\"\n", {"line 1: cells must be a whole number, not \"3\""});
  refused("cells = true\n", {"line 1", "cells", "true"});
  refused("cells = 99999999999\n", {"line 1", "cells", "large"});
  refused("cells = 2024-01-01\n", {"line 1", "cells is a date"});
  refused("accuracy = nan\n", {"line 1", "accuracy"});
  refused("accuracy = inf\n", {"line 1", "accuracy"});
  refused("[describe.cells]\nn = 1\n", {"cells is a table"});
  refused("auxiliary_head = 1\n", {"auxiliary_head must be true or false"});
  refused(std::string("cells = 3\0", 10), {"a.toml"});
  refused("cells = 3\xff\n", {"a.toml"});
}

TEST(Config, AnUnknownSectionIsAnUnknownKey) {
  Folder folder;
  write_text(folder / "a.toml", "[descibe]\ncells = 3\n");
  expect_refused(nasnet({"describe", "nasnet-a", "--config", "a.toml"}, folder.path()),
                 {"a.toml", "descibe", "describe"});
}

/// Does the processor multiply bf16? Then the precision is taken on it too.
bool has_bf16() {
  std::ifstream file("/proc/cpuinfo");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.find("avx512_bf16") != std::string::npos;
}

TEST(Face, Bf16NeedsAGpuOrAProcessorThatMultipliesIt) {
  const std::vector<std::vector<std::string>> commands = {{"train", "nasnet-a", "--data", "x"},
                                                          {"search", "--data", "x"},
                                                          {"evaluate", "x"},
                                                          {"predict", "x", "y.png"}};
  for (std::vector<std::string> command : commands) {
    Folder folder;
    command.insert(command.end(), {"--device", "cpu", "--precision"});
    std::vector<std::string> misspelt = command;
    command.push_back("bf16");
    if (!has_bf16())
      expect_refused(nasnet(command, folder.path()), {"--precision bf16", "--device cuda"});
    misspelt.push_back("bf61");
    expect_refused(nasnet(misspelt, folder.path()), {"'bf61'", "'bf16'"});
    EXPECT_TRUE(folder.files().empty()) << command[0];
  }
}

}  // namespace
}  // namespace nasnet::test
