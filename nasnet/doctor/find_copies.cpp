#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/doctor/data_findings.h"

// Copies by what they spoil. A copy in another split makes the measurement too good, one of another
// class contradicts itself, and others only weigh more than they should.

namespace nasnet::doctor {
namespace {

/// Near copies above this share are a habit of the set, as frames of a film are.
constexpr double kManyShare = 0.01;

enum class Harm { kLeak, kContradiction, kNone };
constexpr Harm kHarms[] = {Harm::kLeak, Harm::kContradiction, Harm::kNone};

/// Images that each are a copy of another, and a pair of names for each.
struct Copies {
  std::vector<std::string> examples;
};

class CopySorter {
 public:
  CopySorter(const Examined& set, Diagnosis& diagnosis) : set_(set), diagnosis_(diagnosis) {}

  /// All images of one content, in their order.
  void take_equal(const std::vector<int64_t>& images) {
    // The first of each kind stands for the others: a million equal images are told in one pass.
    int64_t trained = images[0], other_label = -1;
    std::map<std::pair<int, int>, int64_t> firsts;
    for (const int64_t image : images) {
      if (rank(image) < rank(trained)) trained = image;
      if (other_label < 0 && label(image) != label(images[0])) other_label = image;
      firsts.try_emplace({rank(image), label(image)}, image);
    }
    for (const int64_t image : images) {
      const auto add = [&](Harm harm, int64_t other) {
        if (other < 0) return;
        const bool same_file = look(image).file == look(other).file;
        equal_[harm].examples.push_back(fmt::format(
            "{} {} {}", shown(image, harm),
            same_file ? "is the same file as" : "shows the same pixels as", shown(other, harm)));
      };
      if (rank(trained) < rank(image)) add(Harm::kLeak, trained);
      if (set_.has_classes)
        add(Harm::kContradiction, label(image) != label(images[0]) ? images[0] : other_label);
      const int64_t first = firsts.at({rank(image), label(image)});
      if (first != image) add(Harm::kNone, first);
    }
  }

  /// Each image is told once a harm, beside the partner that is most like it.
  void take_near(const NearPairs& near) {
    std::map<std::pair<Harm, int64_t>, const NearPair*> best;
    const auto offer = [&](Harm harm, int64_t image, const NearPair& pair) {
      const NearPair*& place = best[{harm, image}];
      if (!place || pair.likeness > place->likeness) place = &pair;
    };
    for (const NearPair& pair : near.pairs) {
      const int64_t later = rank(pair.a) > rank(pair.b) ? pair.a : pair.b;
      if (rank(pair.a) != rank(pair.b)) offer(Harm::kLeak, later, pair);
      if (set_.has_classes && label(pair.a) != label(pair.b))
        offer(Harm::kContradiction, later, pair);
      if (rank(pair.a) == rank(pair.b) && label(pair.a) == label(pair.b))
        offer(Harm::kNone, pair.b, pair);
    }
    for (const auto& [key, pair] : best) {
      const auto [harm, image] = key;
      const int64_t other = pair->a == image ? pair->b : pair->a;
      near_[harm].examples.push_back(fmt::format("{} is like {}{}", shown(image, harm),
                                                 shown(other, harm),
                                                 pair->mirrored ? " mirrored" : ""));
    }
  }

  void tell() {
    bool has_splits = false;
    for (int64_t i = 0; i < set_.looks.size(); ++i) has_splits = has_splits || rank(i) > 0;
    const auto images = static_cast<double>(std::max<int64_t>(1, set_.looks.size()));
    const std::string no_splits =
        has_splits ? "" : "; until then they come into both parts when test images are held out";
    for (const Harm harm : kHarms) {
      add(harm, equal_[harm], true, Severity::kWarning, no_splits);
      const bool many = static_cast<double>(near_[harm].examples.size()) > kManyShare * images;
      add(harm, near_[harm], false, many || !has_splits ? Severity::kWarning : Severity::kNote,
          no_splits);
    }
  }

 private:
  const Look& look(int64_t image) const { return set_.looks.looks[image]; }
  int label(int64_t image) const { return set_.survey.images[image].label; }
  /// Training images come first: what equals them in another split was seen in training.
  int rank(int64_t image) const {
    switch (set_.survey.images[image].split) {
      case data::Split::kValidation:
        return 1;
      case data::Split::kTest:
        return 2;
      default:
        return 0;
    }
  }

  /// With the class, where that is what matters.
  std::string shown(int64_t image, Harm harm) const {
    const std::string name = set_.name(image);
    return harm == Harm::kContradiction ? fmt::format("{} ({})", name, set_.class_of(image)) : name;
  }

  /// `harmless`: the severity of copies that spoil nothing else.
  void add(Harm harm, Copies& copies, bool equal, Severity harmless, const std::string& splits) {
    if (copies.examples.empty()) return;
    const int64_t count = std::ssize(copies.examples);
    const char* like = equal ? "equal to" : "nearly the same as";
    Finding finding;
    switch (harm) {
      case Harm::kLeak:
        finding = set_.finding(
            equal ? "leaked_copies" : "leaked_near_copies",
            equal ? Severity::kProblem : Severity::kWarning, count,
            fmt::format("{} {} one of an earlier split (training, validation, test)",
                        images_are(count), like),
            equal ? "what is measured on them was learned by heart: remove them from one split"
                  : "look at these: where they are takes of one scene, put all of a scene into one "
                    "split");
        break;
      case Harm::kContradiction:
        finding = set_.finding(equal ? "contradictory_copies" : "contradictory_near_copies",
                               equal ? Severity::kProblem : Severity::kWarning, count,
                               fmt::format("{} {} one of another class", images_are(count), like),
                               "look at these: at most one of the labels is right");
        break;
      case Harm::kNone:
        finding = set_.finding(
            equal ? "copies" : "near_copies", harmless, count,
            fmt::format("{} {} another of their class and split", images_are(count), like),
            (equal ? "remove all but one" : "keep one of each scene, or know that it weighs more") +
                splits);
        break;
    }
    finding.examples = std::move(copies.examples);
    diagnosis_.findings.push_back(std::move(finding));
  }

  const Examined& set_;
  Diagnosis& diagnosis_;
  std::map<Harm, Copies> equal_, near_;
};

}  // namespace

void find_copies(const Examined& set, const NearPairs& near, Diagnosis& diagnosis) {
  CopySorter sorter(set, diagnosis);
  std::vector<int64_t> order;
  for (int64_t i = 0; i < set.looks.size(); ++i)
    if (set.looks.looks[i].readable) order.push_back(i);
  const auto content = [&](int64_t i) { return set.looks.looks[i].content; };
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return content(a) < content(b); });
  // Groups in the order of their first images, so that examples follow the set.
  std::map<int64_t, std::vector<int64_t>> groups;
  for (size_t first = 0, end = 0; first < order.size(); first = end) {
    while (end < order.size() && content(order[end]) == content(order[first])) ++end;
    if (end - first > 1)
      groups[order[first]].assign(order.begin() + static_cast<int64_t>(first),
                                  order.begin() + static_cast<int64_t>(end));
  }
  for (const auto& [first, images] : groups) sorter.take_equal(images);
  sorter.take_near(near);
  sorter.tell();
  if (!near.complete)
    diagnosis.findings.push_back(set.finding(
        "unfinished_comparison", Severity::kNote, 1,
        "so many images are alike that not all of their near copies were looked for", ""));
}

}  // namespace nasnet::doctor
