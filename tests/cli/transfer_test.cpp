#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/file.h"
#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Arguments = std::vector<std::string>;

/// `nasnet train --from` a classifier.
class Transfer : public testing::Test {
 protected:
  Transfer() {
    write_colour_classes(folder_ / "data", 16);
    fs::copy(folder_ / "data", folder_ / "more", fs::copy_options::recursive);
    fs::rename(folder_ / "more" / "blue", folder_ / "more" / "cyan");
    const Outcome outcome =
        run({"train", "nasnet-a", "--data", "data", "--out", "source", "--cells", "1", "--filters",
             "4", "--epochs", "2", "--resize", "pad"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
  }

  Outcome run(const Arguments& arguments) const { return nasnet(arguments, folder_.path()); }

  /// Training on from it, on other classes.
  Outcome train(const std::string& out, const Arguments& more) const {
    Arguments all = {"train", "--from",     "source",   "--data",   "more",
                     "--out", out,          "--recipe", "finetune", "--epochs",
                     "3",     "--replicas", "4",        "--batch",  "4"};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  }

  json manifest(const std::string& model) const {
    return json::parse(read_text(folder_ / (model + "/manifest.json")));
  }
  std::string weights(const std::string& model) const {
    return digest(read_text(folder_ / model / manifest(model).at("weights").get<std::string>()),
                  "sha256");
  }

  Folder folder_;
};

TEST_F(Transfer, TakesWhatTheModelHas) {
  const Outcome outcome = train("tuned", {});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("; class rows: 2 copied, 1 new (cyan)"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("learning rates from epoch 1: 0.05 heads; frozen: cell_2"),
            std::string::npos);
  EXPECT_NE(outcome.out.find("learning rates from epoch 2: 0.05 heads, 0.04 cell_2, 0.032"),
            std::string::npos);
  const json source = manifest("source"), tuned = manifest("tuned");
  for (const std::string same : {"genotype", "normalization", "preparation"})
    EXPECT_EQ(tuned.at(same), source.at(same));
  EXPECT_EQ(tuned.at("stack").at("cells"), 1);
  EXPECT_EQ(tuned.at("stack").at("input"), source.at("stack").at("input"));
  EXPECT_EQ(tuned.at("classes"), (json{"cyan", "green", "red"}));
  EXPECT_EQ(tuned.at("from").at("model"), "source");
  EXPECT_EQ(tuned.at("from").at("sha256"), weights("source"));
  EXPECT_EQ(run({"evaluate", "tuned"}).status, 0);
  EXPECT_EQ(run({"predict", "tuned", "data/red"}).status, 0);
}

TEST_F(Transfer, AModelNamesItsSource) {
  ASSERT_EQ(train("tuned", {}).status, 0);
  const Outcome text = run({"describe", "tuned"});
  EXPECT_NE(text.out.find("from         source, whose weights' SHA-256 is " + weights("source")),
            std::string::npos)
      << text.out;
  EXPECT_NE(text.out.find("  layer_decay          0.8"), std::string::npos) << text.out;
  const json model = last_json(run({"describe", "tuned", "--json"}));
  EXPECT_EQ(model.at("from"), "source");
  EXPECT_EQ(model.at("from_sha256"), weights("source"));
  EXPECT_EQ(model.at("tuning").at("head_epochs"), 1);
  EXPECT_FALSE(last_json(run({"describe", "source", "--json"})).contains("from_sha256"));
}

TEST_F(Transfer, ATrainingOfTheHeadsAloneIsSaid) {
  const Outcome outcome = run({"train", "--from", "source", "--data", "more", "--out", "tuned",
                               "--recipe", "finetune", "--epochs", "1"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("nasnet: --head-epochs 1 are all of the 1 epochs: the heads alone "
                             "learn; give more --epochs, or --head-epochs 0"),
            std::string::npos)
      << outcome.err;
}

TEST_F(Transfer, ImagesMayHaveAnotherSizeAndTheModelNoSource) {
  ASSERT_EQ(train("tuned", {"--image-size", "24"}).status, 0);
  EXPECT_EQ(manifest("tuned").at("stack").at("input"), (json{24, 24, 3}));
  // Neither genotype nor source is needed to go on.
  fs::remove_all(folder_ / "source");
  const Outcome again = run({"train", "--data", "more", "--out", "tuned", "--resume"});
  EXPECT_EQ(again.status, 0) << again.err;
}

TEST_F(Transfer, FlagsThatContradictTheModelAreRefused) {
  expect_refused(train("x", {"--filters", "8"}),
                 {"--from source is a network of --stack cifar --cells 1 --filters 4"});
  expect_refused(train("x", {"--resize", "crop"}),
                 {"--from source takes pictures with --resize pad", "leave these settings out"});
  expect_refused(run({"train", "enas", "--from", "source", "--data", "more", "--out", "x"}),
                 {"--from source is of the genotype nasnet-a; leave enas out"});
  expect_refused(train("x", {"--freeze", "7", "--json"}),
                 {"--freeze 7: give none, stem, trunk, or a number of cells, at most 5"});
  expect_refused(run({"train", "--from", "nowhere", "--data", "more", "--out", "x"}),
                 {"nowhere is no model folder"});
  expect_refused(
      run({"train", "nasnet-a", "--data", "more", "--out", "x", "--freeze", "stem", "--json"}),
      {"--freeze keeps the weights", "--from"});
  expect_refused(train("x", {"--patience", "2", "--json"}),
                 {"--patience waits for a better held-out accuracy; give --hold-out, too"});
  expect_refused(run({"evaluate", "source", "--data", "more"}), {"which the model does not know"});
  EXPECT_FALSE(fs::exists(folder_ / "x" / "manifest.json"));
}

/// Whatever the number of processes: phases, images held out, and norms that are measured anew.
TEST_F(Transfer, TwoProcessesComeToTheSameWeights) {
  const Arguments more = {"--hold-out", "0.3", "--patience", "2", "--reestimate-norms"};
  Arguments two = more;
  two.insert(two.end(), {"--processes", "2"});
  const Outcome one = train("one", more), both = train("both", two);
  ASSERT_EQ(one.status, 0) << one.err;
  ASSERT_EQ(both.status, 0) << both.err;
  EXPECT_EQ(weights("one"), weights("both"));
  EXPECT_EQ(manifest("one").at("history"), manifest("both").at("history"));
  EXPECT_NE(both.out.find("whose weights are the model"), std::string::npos) << both.out;
}

/// From a cell to a file within a budget.
TEST_F(Transfer, OneCommandChoosesTrainsAndExports) {
  const Arguments command = {"transfer", "enas",  "--data", "data",  "--time",
                             "8s",       "--out", "large",  "--json"};
  const Outcome outcome = run(command);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = last_json(outcome);
  EXPECT_EQ(result.at("onnx"), "large/model.onnx");
  EXPECT_LT(result.at("onnx_difference").get<double>(), 1e-3) << "of logits of ten or so";
  EXPECT_EQ(result.at("image_size"), 16) << "their own";
  EXPECT_TRUE(result.at("held_out_accuracy").is_number());
  EXPECT_TRUE(fs::exists(folder_ / "large/model.onnx"));
  const json plan = json::parse(read_text(folder_ / "large/transfer.json"));
  EXPECT_EQ(plan.at("epochs"), manifest("large").at("training").at("epochs"));

  // Again, it goes on with what was chosen, in whatever time.
  const std::string before = weights("large");
  const Outcome again = run({"transfer", "--data", "data", "--out", "large", "--time", "1s"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(weights("large"), before);
  EXPECT_EQ(json::parse(read_text(folder_ / "large/transfer.json")), plan);

  // Flags that ask for another training are refused, and not left out.
  const auto refused = [&](const Arguments& flags, const std::string& what) {
    Arguments all = {"transfer", "--data", "data", "--out", "large"};
    all.insert(all.end(), flags.begin(), flags.end());
    expect_refused(run(all),
                   {"large was begun with another " + what + "; give the same, or another --out"});
  };
  refused({"nasnet-a"}, "genotype");
  refused({"--from", "source"}, "--from");
  refused({"--hold-out", "0.2"}, "--hold-out");
  refused({"--image-size", "24"}, "--image-size");
  refused({"--resize", "pad"}, "--resize, --interpolation or --central-crop");
}

TEST_F(Transfer, OneCommandGoesOnFromAModel) {
  const Outcome outcome = run({"transfer", "--from", "source", "--data", "more", "--time", "20s",
                               "--out", "tuned", "--onnx", "tuned.onnx"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("chosen: cifar N=1 F=4 on 16x16 pixels, 30 epochs of "),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("class rows: 2 copied, 1 new (cyan)"), std::string::npos);
  EXPECT_NE(outcome.out.find("tuned.onnx: logits agree with the network"), std::string::npos);
  EXPECT_EQ(manifest("tuned").at("preparation").at("resize"), "pad");
}

/// Real pictures, from a cell to a checked file.
TEST_F(Transfer, SlowTinyImagenetToAnExportedModel) {
  const std::string pictures = NASNET_SOURCE_DIR "/../shared/data/tiny-imagenet-20.tar.zst";
  if (!fs::exists(pictures)) GTEST_SKIP() << "../shared/data is not there";
  const Outcome outcome = run({"transfer", "nasnet-a", "--data", pictures, "--limit-train", "2000",
                               "--limit-test", "500", "--time", "40s", "--out", "tiny"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find(" images/s measured, "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("of 1800 images, 200 held out\n"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("tiny/model.onnx: logits agree with the network within "),
            std::string::npos)
      << outcome.out;
  const json test = manifest("tiny").at("test");
  EXPECT_EQ(test.at("images"), 500);
  EXPECT_GT(test.at("accuracy").get<double>(), 0.08) << "twenty classes";
  EXPECT_EQ(manifest("tiny").at("exports").size(), 1u);
}

TEST_F(Transfer, ACommandThatCannotBeIsRefused) {
  expect_refused(run({"transfer", "--data", "data"}), {"name a genotype: nasnet transfer"});
  expect_refused(run({"transfer", "enas", "--data", "data", "--time", "0.001s", "--out", "x"}),
                 {"--time is too short"});
  expect_refused(run({"transfer", "enas", "--data", "data", "--time", "", "--out", "x"}),
                 {"--time is empty; write a budget, as 30m or 2h"});
  expect_refused(run({"transfer", "enas", "--data", "data", "--out", "source"}),
                 {"source holds a model already"});
  expect_refused(run({"transfer", "enas", "--from", "source", "--data", "data", "--out", "x"}),
                 {"--from source is of the genotype nasnet-a; leave enas out"});
  write_text(folder_ / "damaged/transfer.json", "{}");
  expect_refused(run({"transfer", "enas", "--data", "data", "--out", "damaged"}),
                 {"transfer.json is damaged", "delete it to choose anew"});
}

}  // namespace
}  // namespace nasnet::test
