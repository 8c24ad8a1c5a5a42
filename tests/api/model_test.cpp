#include <nasnet/error.h>
#include <nasnet/training.h>

#include <algorithm>
#include <cmath>

#include "tests/data/make_files.h"

namespace nasnet {
namespace {

using data::refusal;

/// Trainings of seconds: pictures of two colours, 8 x 8, and the smallest network.
class PublicModel : public data::WithFolder {
 protected:
  PublicModel() {
    data::Files files;
    for (uint8_t i = 0; i < 20; ++i) {
      const std::string split = i < 16 ? "train" : "test";
      const auto shade = static_cast<uint8_t>(200 + i);
      const std::string name = "/" + std::to_string(i) + ".png";
      files["images/" + split + "/red" + name] = data::flat_png(8, 8, shade, 0, 0);
      files["images/" + split + "/blue" + name] = data::flat_png(8, 8, 0, 0, shade);
    }
    write(files);
    options_.cells = 1;
    options_.filters = 4;
    options_.threads = 1;
    options_.settings = {{"epochs", 3}, {"batch", 4}, {"flip", false}, {"auxiliary_weight", 0}};
  }
  DataSet images() const { return DataSet::load(path("images")); }
  Model train(const std::string& name = "model") const {
    return train_model(load_genotype("nasnet-a"), images(), path(name), options_);
  }

  TrainingOptions options_;
};

TEST_F(PublicModel, IsTrainedAndKnowsItsFacts) {
  std::vector<Epoch> epochs;
  options_.after_epoch = [&](const Epoch& epoch) { epochs.push_back(epoch); };
  const Model model = train();
  ASSERT_EQ(epochs.size(), 3u);
  EXPECT_EQ(epochs[2].number, 3);
  EXPECT_GT(epochs[0].loss, epochs[2].loss);
  EXPECT_EQ(model.epochs(), 3);
  EXPECT_TRUE(model.is_finished());
  EXPECT_EQ(model.genotype(), load_genotype("nasnet-a"));
  EXPECT_EQ(model.stack(), (Stack{"cifar", 1, 4, 2, 8, 8, 3}));
  EXPECT_EQ(model.classes(), (std::vector<std::string>{"blue", "red"}));
  EXPECT_EQ(model.test_accuracy(), 1);
}

TEST_F(PublicModel, PredictsImagesInMemoryAsItPredictsTheirFiles) {
  Model model = train();
  const DataSet set = images();
  for (int64_t i = 0; i < set.size(Split::test); ++i) {
    const std::vector<Guess> guesses = model.predict(set.image(Split::test, i));
    ASSERT_EQ(guesses.size(), 2u);
    EXPECT_EQ(guesses[0].label, set.classes()[static_cast<size_t>(set.label(Split::test, i))]);
    EXPECT_NEAR(guesses[0].probability + guesses[1].probability, 1, 1e-6);
  }
  write({{"wide.png", data::flat_png(20, 10, 230, 0, 0)}, {"not.png", "no picture"}});
  const std::vector<Prediction> files =
      model.predict_files({path("wide.png"), path("not.png"), path("none.png")}, 1);
  ASSERT_EQ(files.size(), 3u);
  std::vector<uint8_t> pixels;
  for (int i = 0; i < 200; ++i) pixels.insert(pixels.end(), {230, 0, 0});
  const std::vector<Guess> same = model.predict({10, 20, 3, pixels}, 1);
  ASSERT_EQ(same.size(), 1u);
  EXPECT_EQ(files[0].guesses.at(0).label, "red");
  EXPECT_EQ(files[0].guesses.at(0).probability, same[0].probability);
  EXPECT_NE(files[1].fault.find("not.png"), std::string::npos);
  EXPECT_NE(files[2].fault.find("none.png"), std::string::npos);
  EXPECT_TRUE(files[1].guesses.empty());
}

TEST_F(PublicModel, TakesGreyForColour) {
  Model model = train();
  const std::vector<uint8_t> grey(8 * 8, 90), colour(8 * 8 * 3, 90);
  EXPECT_EQ(model.predict({8, 8, 1, grey})[0].probability,
            model.predict({8, 8, 3, colour})[0].probability);
}

TEST_F(PublicModel, IsMeasuredOnWhatItWasNotTrainedOn) {
  Model model = train();
  const Evaluation evaluation = model.evaluate(images());
  EXPECT_EQ(evaluation.images, 8);
  EXPECT_EQ(evaluation.left_out, 0);
  EXPECT_EQ(evaluation.correct, 8);
  EXPECT_EQ(evaluation.accuracy(), 1);
  EXPECT_EQ(evaluation.confusion, (std::vector<int64_t>{4, 0, 0, 4}));

  write({{"images/test/red/again.png", data::flat_png(8, 8, 200, 0, 0)}});
  EXPECT_EQ(model.evaluate(images()).left_out, 1);
  EXPECT_EQ(Evaluation().accuracy(), 0);
}

TEST_F(PublicModel, GoesOnAsIfItHadNotBeenStopped) {
  std::vector<double> losses, again;
  options_.after_epoch = [&](const Epoch& epoch) { losses.push_back(epoch.loss); };
  train("whole");

  options_.after_epoch = [&](const Epoch& epoch) { again.push_back(epoch.loss); };
  int steps = 0;
  options_.stop = [&] { return ++steps == 11; };
  EXPECT_THROW(train("parts"), Interrupted);
  EXPECT_FALSE(Model::load(path("parts")).is_finished());
  options_.stop = {};
  EXPECT_NE(refusal([&] { train("parts"); }).find("holds a model already"), std::string::npos);
  options_.resume = true;
  EXPECT_TRUE(train("parts").is_finished());
  EXPECT_EQ(again, losses);
}

TEST_F(PublicModel, ComputesWithAnyNumberOfThreads) {
  train();
  const DataSet set = images();
  const auto probability = [&](int threads) {
    return Model::load(path("model"), {.threads = threads})
        .predict(set.image(Split::test, 0))[0]
        .probability;
  };
  EXPECT_EQ(probability(1), probability(3));
}

TEST_F(PublicModel, ExportsAreCheckedAndWritten) {
  Model model = train();
  const OnnxFile file = model.export_onnx(path("model.onnx"), {.fold_batch_norm = true});
  EXPECT_EQ(file.bytes, static_cast<int64_t>(std::filesystem::file_size(path("model.onnx"))));
  EXPECT_LE(file.difference, 1e-4 * std::max(1.0, file.largest_logit));
  EXPECT_EQ(file.smallest_size, 4);
  EXPECT_NE(refusal([&] { model.export_onnx(path("x"), {.opset = 12}); }).find("13 to 17"),
            std::string::npos);
}

TEST_F(PublicModel, MistakesAreNamed) {
  const auto expect = [](const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  expect(refusal([&] { Model::load(path("images")); }), "images");
  options_.settings = {{"epochs", 0}};
  expect(refusal([&] { train(); }), "epochs");
  options_.settings = {{"epoch", 1}};
  expect(refusal([&] { train(); }), "did you mean 'epochs'?");
  options_.settings = {{"epochs", 1}};
  options_.recipe = "cifra";
  expect(refusal([&] { train(); }), "cifar");
  options_.recipe = "none";
  EXPECT_FALSE(std::filesystem::exists(path("model")));

  Model model = train();
  const std::vector<uint8_t> pixels(8 * 8 * 3);
  expect(refusal([&] { model.predict({8, 9, 3, pixels}); }), "8 x 9 x 3 has 192");
  expect(refusal([&] { model.predict({8, 12, 2, pixels}); }), "1 or 3 channels");
  expect(refusal([&] { model.predict({0, 0, 3, {}}); }), "0 x 0 x 3");
  expect(refusal([&] { model.evaluate(DataSet::load(path("images"), {.image_size = 9})); }),
         "8 x 8 pixels");
  write({{"others/a/1.png", data::flat_png(8, 8, 1, 1, 1)},
         {"others/a/2.png", data::flat_png(8, 8, 2, 1, 1)},
         {"others/b/1.png", data::flat_png(8, 8, 3, 1, 1)},
         {"others/b/2.png", data::flat_png(8, 8, 4, 1, 1)}});
  expect(refusal([&] { model.evaluate(DataSet::load(path("others"))); }), "classes");
  write({{"texts/a.txt", "no picture"}});
  expect(refusal([&] { model.predict_files({path("texts")}); }), "no images to predict");
}

TEST(TrainingSettings, AreThoseOfTheProgram) {
  const std::vector<SettingFacts> facts = training_settings();
  EXPECT_EQ(facts.at(0).name, "epochs");
  EXPECT_EQ(facts[0].value, "20");
  EXPECT_EQ(facts[0].range, "1 to 100000");
  EXPECT_NE(facts[0].help, "");
}

}  // namespace
}  // namespace nasnet
