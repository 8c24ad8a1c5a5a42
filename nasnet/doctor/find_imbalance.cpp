#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nasnet/doctor/data_findings.h"
#include "nasnet/search/evaluators/child.h"
#include "nasnet/search/study/statistics.h"

// Classes against each other, and the whole set against what a search must tell apart.

namespace nasnet::doctor {
namespace {

/// The largest class over the smallest, of the training images.
constexpr double kUneven = 3, kVeryUneven = 10;
/// Training images that a class should have.
constexpr int64_t kFew = 20;
/// Half of the interval that is too wide: two cells of a space rarely differ by more.
constexpr double kWide = 0.02, kTooWide = 0.05;
/// The accuracy that the reckoning is made for.
constexpr double kAccuracy = 0.9;

/// Readable images of each class in the training images, and in those of the other splits.
struct Counts {
  std::vector<int64_t> train, validation, test;
  bool has_others = false;
};

Counts count(const Examined& set) {
  const size_t classes = set.survey.classes.size();
  Counts counts{std::vector<int64_t>(classes), std::vector<int64_t>(classes),
                std::vector<int64_t>(classes)};
  for (int64_t i = 0; i < set.looks.size(); ++i) {
    const data::SurveyedImage& image = set.survey.images[i];
    const bool test = image.split == data::Split::kTest;
    const bool validation = image.split == data::Split::kValidation;
    counts.has_others = counts.has_others || test || validation;
    if (!set.looks.looks[i].readable) continue;
    ++(test ? counts.test : validation ? counts.validation : counts.train)[image.label];
  }
  return counts;
}

void find_gaps(const Examined& set, const Counts& counts, std::vector<Finding>& findings) {
  for (const data::ClassGap& gap : set.survey.gaps) {
    using Kind = data::ClassGap::Kind;
    findings.push_back(set.finding(gap.kind == Kind::kEmptyFolder  ? "empty_class"
                                   : gap.kind == Kind::kNoTraining ? "untrained_class"
                                                                   : "one_class",
                                   Severity::kProblem, 1, gap.text,
                                   "no verb trains on the set before that is mended"));
    findings.back().examples = {gap.name};
  }
  Finding unreadable = set.finding("empty_class", Severity::kProblem, 0, "",
                                   "no verb trains on the set before that is mended");
  Finding untested = set.finding("untested_class", Severity::kWarning, 0, "",
                                 "its accuracy is not measured; move some of its images there");
  for (size_t k = 0; k < set.survey.classes.size(); ++k) {
    const int64_t others = counts.test[k] + counts.validation[k];
    if (counts.train[k] == 0 && others == 0) unreadable.examples.push_back(set.survey.classes[k]);
    if (counts.has_others && counts.train[k] > 0 && others == 0)
      untested.examples.push_back(set.survey.classes[k]);
  }
  const auto add = [&](Finding finding, const char* one, const char* many) {
    if (finding.examples.empty()) return;
    finding.count = std::ssize(finding.examples);
    finding.text = fmt::format("{} class{}", finding.count, finding.count == 1 ? one : many);
    findings.push_back(std::move(finding));
  };
  add(unreadable, " has no readable images", "es have no readable images");
  add(untested, " has training images but none in another split",
      "es have training images but none in another split");
}

void find_uneven(const Examined& set, const std::vector<int64_t>& train,
                 std::vector<Finding>& findings) {
  std::vector<size_t> order;
  for (size_t k = 0; k < train.size(); ++k)
    if (train[k] > 0) order.push_back(k);
  if (order.size() < 2) return;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return train[a] < train[b]; });
  const auto least = static_cast<double>(train[order.front()]);
  const double ratio = static_cast<double>(train[order.back()]) / least;
  const auto words = [&](size_t k) {
    return fmt::format("{}: {} training images", set.survey.classes[k], train[k]);
  };
  if (ratio >= kUneven) {
    Finding& finding = findings.emplace_back(set.finding(
        "imbalance", ratio >= kVeryUneven ? Severity::kWarning : Severity::kNote, std::ssize(order),
        fmt::format("the largest class has {:.1f} times the training images of the smallest",
                    ratio),
        "an accuracy over all images hides what happens to small classes: look at those of "
        "`evaluate`, class by class; add images of the small ones"));
    for (const size_t k : order) finding.examples.push_back(words(k));
  }
  Finding few = set.finding("few_images", Severity::kWarning, 0, "",
                            "a network learns such images by heart; add some, or join classes");
  for (const size_t k : order)
    if (train[k] < kFew) few.examples.push_back(words(k));
  if (few.examples.empty()) return;
  few.count = std::ssize(few.examples);
  few.text = fmt::format("{} class{} fewer than {} training images", few.count,
                         few.count == 1 ? " has" : "es have", kFew);
  findings.push_back(std::move(few));
}

/// The reckoning: which difference so many validation images can tell.
void find_too_few(const Examined& set, int64_t train, Diagnosis& diagnosis) {
  const int64_t wanted = search::ChildSettings().validation_images;
  // Where the default is too many, half is the most that leaves as much to learn from.
  const int64_t images = wanted < train ? wanted : train / 2;
  if (images < 1) return;
  const search::Interval interval = search::wilson_interval(
      static_cast<int64_t>(kAccuracy * static_cast<double>(images) + 0.5), images);
  const double half = (interval.high - interval.low) / 2;
  diagnosis.facts["data"]["search"] = {{"training_images", train},
                                       {"validation_images", images},
                                       {"default_validation_images", wanted},
                                       {"accuracy", kAccuracy},
                                       {"low", interval.low},
                                       {"high", interval.high}};
  const std::string reckoning =
      fmt::format("an accuracy of {:.0f} % on them means {:.1f} to {:.1f} % (95 % interval)",
                  100 * kAccuracy, 100 * interval.low, 100 * interval.high);
  if (wanted >= train) {
    diagnosis.findings.push_back(set.finding(
        "too_few_images", half > kTooWide ? Severity::kProblem : Severity::kWarning, train,
        fmt::format("{} training images are fewer than the {} that a search holds out by default; "
                    "of half of them, {}, {}",
                    train, wanted, images, reckoning),
        fmt::format("search with --validation-images {}, and take cells that differ by less than "
                    "{:.0f} points for equal; or add images",
                    images, 200 * half)));
  } else if (half > kWide) {
    diagnosis.findings.push_back(
        set.finding("too_few_images", half > kTooWide ? Severity::kProblem : Severity::kWarning,
                    train, fmt::format("of {} validation images, {}", images, reckoning),
                    "give a search more --validation-images"));
  } else if (train - wanted < wanted) {
    diagnosis.findings.push_back(set.finding(
        "few_left_to_train", Severity::kWarning, train - wanted,
        fmt::format("of {} training images a search holds out {} by default, which leaves {} to "
                    "learn from",
                    train, wanted, train - wanted),
        fmt::format("search with --validation-images {}, or add images", train / 4)));
  }
}

}  // namespace

void find_imbalance(const Examined& set, Diagnosis& diagnosis) {
  const Counts counts = count(set);
  nlohmann::ordered_json classes = nlohmann::ordered_json::array();
  for (size_t k = 0; k < set.survey.classes.size(); ++k)
    classes.push_back({{"name", set.survey.classes[k]},
                       {"train", counts.train[k]},
                       {"validation", counts.validation[k]},
                       {"test", counts.test[k]}});
  diagnosis.facts["data"]["classes"] = std::move(classes);
  find_gaps(set, counts, diagnosis.findings);
  find_uneven(set, counts.train, diagnosis.findings);
  find_too_few(set, std::accumulate(counts.train.begin(), counts.train.end(), int64_t{0}),
               diagnosis);
}

}  // namespace nasnet::doctor
