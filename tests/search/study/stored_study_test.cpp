#include <fmt/ranges.h>

#include "nasnet/search/study/stored_study.h"

#include <map>

#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

const Identity kIdentity = {{.name = "data_digest",
                             .value = "abc",
                             .subject = "the data set flowers",
                             .remedy = "restore it"},
                            {.name = "training_code",
                             .value = "f00d",
                             .subject = "the code",
                             .remedy = "use the same",
                             .of_build = true}};

Identity with(const std::string& name, const std::string& value) {
  Identity identity = kIdentity;
  for (IdentityPart& part : identity)
    if (part.name == name) part.value = value;
  return identity;
}

/// Settings that are the defaults but for these.
SearchSettings settings(const json& given = json::object()) {
  SearchSettings settings;
  settings_from_json(settings, given, "");
  return settings;
}

class StoredStudies : public OnBothStores {
 protected:
  void SetUp() override {
    OnBothStores::SetUp();
    if (!IsSkipped()) store_ = open("s");
  }
  std::string settle(const json& given = json::object(), const Identity& identity = kIdentity) {
    return fmt::format("{}", fmt::join(settle_study(*store_, settings(given), 1,
                                                    network::DeviceChoice::kCpu, identity),
                                       "; "));
  }
  std::string refusal(const json& given, const Identity& identity = kIdentity) {
    return message_of<InputError>([&] { settle(given, identity); });
  }
  /// Makes it a study of an older version: without what it did not name, with what it did.
  void make_old(const json& identity, const std::vector<std::string>& unknown) {
    json stored = store_->settings();
    for (const std::string& name : unknown) stored["settings"].erase(name);
    stored["identity"] = identity;
    store_->set_settings(stored);
  }

  std::unique_ptr<Store> store_;
};
NASNET_ON_BOTH_STORES(StoredStudies);

TEST_P(StoredStudies, KeepTheirSettings) {
  settle({{"epochs", 2}});
  EXPECT_NO_THROW(settle({{"epochs", 2}}));
  EXPECT_EQ(
      refusal({{"epochs", 3}}),
      "study " + store_->name() +
          " was made with epochs = 2 (now 3); give the same settings to resume it, or another "
          "--study");
}

/// Stored studies hold these words: a choice of ours may get another name, but keeps its word.
TEST_P(StoredStudies, KeepTheWordsOfTheirChoices) {
  using Choices = std::map<std::string, std::vector<std::string>>;
  const Choices of_all = {{"strategy", {"ppo", "reinforce", "random", "evolution", "bananas"}},
                          {"advantage", {"reward", "rank"}},
                          {"preset", {"small", "paper"}},
                          {"launch", {"here", "slurm", "elsewhere"}}};
  const std::map<std::string, Choices> of_evaluators = {
      {"child",
       {{"resize", {"crop", "stretch", "pad"}},
        {"optimizer", {"sgd", "rmsprop", "adamw"}},
        {"schedule", {"cosine", "exponential"}},
        {"kernels", {"fused", "reference"}},
        {"precision", {"float32", "bf16"}}}},
      {"detector",
       {{"detector_stack", {"cifar", "mobile", "large", "pnasnet-mobile", "pnasnet-large"}},
        {"detector_neck", {"fpn", "single"}},
        {"detector_head", {"layers", "paper"}},
        {"detector_nms_classes", {"each", "all"}},
        {"detector_batch_norm", {"auto", "learned", "affine", "frozen"}}}},
      {"table", {{"table_reward", {"c10v_valid", "c10v_valid_e12"}}}}};
  for (const auto& [evaluator, own] : of_evaluators) {
    store_ = open(evaluator);
    settle({{"evaluator", evaluator}, {"space", evaluator == "table" ? "nasbench201" : "nasnet"}});
    const json stored = store_->settings();
    for (const Choices& choices : {of_all, own})
      for (const auto& [name, words] : choices)
        for (const std::string& word : words) {
          json changed = stored;
          changed["settings"][name] = word;
          store_->set_settings(changed);
          EXPECT_EQ(used_setting(read_stored_study(*store_).settings, name), word) << name;
        }
    for (const char* device : {"auto", "cpu", "cuda"}) {
      json changed = stored;
      changed["settings"]["device"] = device;
      store_->set_settings(changed);
      EXPECT_EQ(to_text(read_stored_study(*store_).device), device);
    }
  }
}

TEST_P(StoredStudies, WithAnUnknownWordAreRefusedByTheNearest) {
  settle();
  json stored = store_->settings();
  stored["settings"]["strategy"] = "bannanas";
  store_->set_settings(stored);
  EXPECT_EQ(message_of<InputError>([&] { read_stored_study(*store_); }),
            store_->name() + ": strategy cannot be 'bannanas'; did you mean 'bananas'?");
}

TEST_P(StoredStudies, WithDamagedSettingsAreRefused) {
  store_->set_note("settings", "garbage");
  EXPECT_EQ(message_of<InputError>([&] { read_stored_study(*store_); }),
            "the study is damaged: it has the settings 'garbage'");
  store_->set_settings({{"identity", json::object()}});
  EXPECT_NE(message_of<InputError>([&] {
              read_stored_study(*store_);
            }).find("study " + store_->name() + " is damaged: "),
            std::string::npos);
}

TEST_P(StoredStudies, TakeSettingsThatMayChange) {
  settle({{"epochs", 2}, {"workers", 1}});
  settle({{"epochs", 2}, {"workers", 9}});
  EXPECT_EQ(store_->settings().at("settings").at("workers"), 9);
  EXPECT_NE(refusal({{"epochs", 3}, {"workers", 2}}), "");
  EXPECT_EQ(store_->settings().at("settings").at("workers"), 9)
      << "what is refused changes nothing";
}

TEST_P(StoredStudies, TakeMoreMemoryForTrialsThatFailed) {
  settle({{"memory", "1GB"}});
  EXPECT_NE(refusal({{"memory", "2GB"}}).find("memory"), std::string::npos);
  settle({{"memory", "2GB"}, {"retry_failed", true}});
  EXPECT_EQ(store_->settings().at("settings").at("memory"), "2GB");
}

TEST_P(StoredStudies, KeepTheSettingsOfTheirOwnEvaluatorOnly) {
  settle({{"space", "nasbench201"}});
  const json stored = store_->settings().at("settings");
  EXPECT_EQ(stored.at("evaluator"), "table") << "by its name, not \"auto\"";
  EXPECT_TRUE(stored.contains("table_reward"));
  EXPECT_FALSE(stored.contains("epochs"));
  EXPECT_FALSE(stored.contains("blocks"));
  EXPECT_FALSE(stored.contains("store")) << "it may hold a password";
}

TEST_P(StoredStudies, AreRefusedWhereTheirEvaluatorIsAnother) {
  settle();
  const std::string data = refusal(json::object(), with("data_digest", "abd"));
  EXPECT_EQ(data, "the data set flowers is not that of study " + store_->name() +
                      ": data_digest is abc there and abd here; restore it");
  EXPECT_NE(refusal(json::object(), with("training_code", "beef")).find("f00d there and beef here"),
            std::string::npos);
  EXPECT_EQ(refusal({{"other_program", true}}, with("training_code", "beef")), "");
  EXPECT_NE(refusal({{"other_program", true}}, with("data_digest", "abd")), "")
      << "another program, but no other data";
}

TEST_P(StoredStudies, OfEarlierVersionsAreComparedInWhatBothName) {
  settle();
  // The whole program was their identity, and there was one evaluator a space.
  make_old({{"data_digest", "abc"}, {"program", "nasnet 0.2.0 0123456789abcdef"}},
           {"evaluator", "drop_path_keep"});
  const json older = settings_to_json(settings_of_older_studies());
  const json as_then = {{"drop_path_keep", older.at("drop_path_keep")}};
  EXPECT_NE(refusal(as_then, with("data_digest", "abd")), "");
  EXPECT_NE(refusal(json::object()).find("drop_path_keep = 0.6"), std::string::npos);
  EXPECT_NE(settle(as_then).find("begun by nasnet 0.2.0"), std::string::npos);
  EXPECT_EQ(settle(as_then), "") << "it is told once";
  EXPECT_NE(refusal(as_then, with("training_code", "beef")), "")
      << "from now on this version's parts are the study's, too";
  EXPECT_EQ(read_stored_study(*store_).settings.study.trials, SearchSettings().study.trials);
}

TEST_P(StoredStudies, OfARewardAreNotThoseOfChildren) {
  settle({{"evaluator", "reward"}}, {{.name = "measure", .value = "mine"}});
  make_old({{"measure", "mine"}, {"program", "libnasnet 0.2.0"}}, {"evaluator"});
  EXPECT_NE(refusal(json::object()).find("evaluator = \"reward\" (now \"child\")"),
            std::string::npos);
  settle({{"evaluator", "reward"}}, {{.name = "measure", .value = "mine"}});
}

TEST_P(StoredStudies, OfUnknownSpacesAndEvaluatorsAreRefusedByName) {
  settle();
  const auto refused = [&](const char* name, const char* value) {
    json stored = store_->settings();
    stored["settings"]["a_setting_of_it"] = 1;
    stored["settings"][name] = value;
    store_->set_settings(stored);
    return message_of<InputError>([&] { read_stored_study(*store_); });
  };
  EXPECT_EQ(refused("evaluator", "chlid"),
            store_->name() + ": evaluator cannot be 'chlid'; did you mean 'child'?");
  EXPECT_EQ(refused("space", "nasnets"),
            store_->name() + ": space cannot be 'nasnets'; did you mean 'nasnet'?");
}

TEST_P(StoredStudies, AreResumedWithWhatIsNotGivenAgain) {
  settle({{"epochs", 7}, {"data", "flowers"}, {"workers", 3}});
  const json resumed = settings_to_resume(url(), study("s"));
  EXPECT_EQ(resumed.at("epochs"), 7);
  EXPECT_EQ(resumed.at("data"), "flowers") << "it may lie elsewhere, but is remembered";
  EXPECT_FALSE(resumed.contains("workers"));
  EXPECT_EQ(settings_to_resume(url(), study("none")), json::object());
}

TEST(Evaluators, ServeTheirSpaces) {
  EXPECT_EQ(evaluator_kind(settings()).name, "child");
  EXPECT_EQ(evaluator_kind(settings({{"space", "nasbench201"}})).name, "table");
  EXPECT_EQ(message_of<InputError>([] {
              evaluator_kind(settings({{"evaluator", "table"}}));
            }),
            "--evaluator table does not serve --space nasnet; choose from child, detector, reward");
}

}  // namespace
}  // namespace nasnet::search
