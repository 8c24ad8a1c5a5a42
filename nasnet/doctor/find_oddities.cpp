#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/doctor/data_findings.h"

// Pictures that are stored in another way than one may think. Each is read all the same, and the
// remedy says how.

namespace nasnet::doctor {
namespace {

/// Longer sides over shorter ones that are far from a square, which the network sees.
constexpr int kLongShape = 3;
/// Edges with too few pixels to show much.
constexpr int kTinyEdge = 16;
/// More pixels than these are decoded for nothing, again and again.
constexpr int64_t kHugePixels = 12'000'000;

/// A property of pictures, and what it means.
struct Oddity {
  const char* name;
  Severity severity;
  bool (*holds)(const Look& look);
  const char* text;  ///< behind "3 images are" or "have"
  bool have;
  const char* remedy;
};

constexpr Oddity kOddities[] = {
    {"misnamed", Severity::kWarning, [](const Look& look) { return look.misnamed; },
     "named as another format than their content's", false,
     "nasnet reads them by their content; rename them for programs that go by the name"},
    {"turned", Severity::kNote, [](const Look& look) { return look.orientation != 1; },
     "turned or mirrored by EXIF (or the container's own tag)", false,
     "nasnet turns them upright; programs that do not see them lying"},
    {"cmyk", Severity::kWarning, [](const Look& look) { return look.cmyk; },
     "in CMYK, as printers have it", false,
     "they are read by the simple formula, without a profile: convert them to sRGB for true "
     "colours"},
    {"alpha", Severity::kNote, [](const Look& look) { return look.alpha; },
     "an alpha channel or a transparent colour", true,
     "transparent places become white; lay them on another colour where white says too much"},
    {"deep", Severity::kNote, [](const Look& look) { return look.deep; },
     "more than 8 bits a channel", true,
     "they are cut to 8; stretch the values first where only a small part of the range is used"},
    {"several_frames", Severity::kNote, [](const Look& look) { return look.several; },
     "animated or of several pages", false,
     "only the first frame is used; store the others as files of their own if they are wanted"},
    {"flat", Severity::kWarning, [](const Look& look) { return look.flat; }, "nearly of one colour",
     false,
     "look at them: a scan that failed, a placeholder of a download, or a lens cap teaches "
     "nothing"},
    {"tiny", Severity::kWarning,
     [](const Look& look) { return std::min(look.size.height, look.size.width) < kTinyEdge; },
     "an edge of less than 16 pixels", true, "look at them: thumbnails or icons by mistake?"},
    {"huge", Severity::kNote,
     [](const Look& look) { return int64_t{look.size.height} * look.size.width > kHugePixels; },
     "more than 12 million pixels", true,
     "decoding them takes most of a training's time: `nasnet data pack --max-side 1024` shrinks "
     "them once"},
    {"long", Severity::kNote,
     [](const Look& look) {
       const auto [low, high] = std::minmax(look.size.height, look.size.width);
       return high > int64_t{kLongShape} * low;
     },
     "more than three times as long as wide", false,
     "the middle square is cut out; --resize pad keeps all of it"},
};

void find_oddity(const Examined& set, const Oddity& oddity, std::vector<Finding>& findings) {
  std::vector<std::string> examples;
  int64_t readable = 0;
  for (int64_t i = 0; i < set.looks.size(); ++i) {
    const Look& look = set.looks.looks[i];
    readable += look.readable;
    if (!look.readable || !oddity.holds(look)) continue;
    std::string example = set.name(i);
    if (look.misnamed && oddity.name == std::string_view("misnamed"))
      example += fmt::format(" is a {}", set.looks.formats.at(i));
    else if (oddity.name == std::string_view("long") || oddity.name == std::string_view("tiny"))
      example += fmt::format(" ({} x {})", look.size.width, look.size.height);
    examples.push_back(std::move(example));
  }
  // Sets of icons or strips are so on purpose.
  const bool all_are = std::ssize(examples) == readable;
  if (examples.empty() || (all_are && readable > 1 && oddity.name == std::string_view("tiny")))
    return;
  const int64_t count = std::ssize(examples);
  findings.push_back(set.finding(
      oddity.name, oddity.severity, count,
      fmt::format("{} {}", oddity.have ? images_have(count) : images_are(count), oddity.text),
      oddity.remedy));
  findings.back().examples = std::move(examples);
}

/// Grey pictures among coloured ones.
void find_grey(const Examined& set, int64_t readable, std::vector<Finding>& findings) {
  std::vector<std::string> grey;
  for (int64_t i = 0; i < set.looks.size(); ++i)
    if (set.looks.looks[i].readable && set.looks.looks[i].grey) grey.push_back(set.name(i));
  const int64_t count = std::ssize(grey);
  if (count == 0 || count == readable) return;
  findings.push_back(set.finding(
      "grey", Severity::kNote, count,
      fmt::format("{} without any colour among {} with colours", images_are(count),
                  readable - count),
      "harmless where all classes have their share; where one class has most of them a network "
      "learns that instead of the class"));
  findings.back().examples = std::move(grey);
}

}  // namespace

void find_oddities(const Examined& set, Diagnosis& diagnosis) {
  std::map<data::ImageSize, int64_t> sizes;
  int64_t readable = 0;
  for (const Look& look : set.looks.looks) {
    if (!look.readable) continue;
    ++readable;
    ++sizes[look.size];
  }
  for (const Oddity& oddity : kOddities) find_oddity(set, oddity, diagnosis.findings);
  find_grey(set, readable, diagnosis.findings);
  nlohmann::ordered_json& facts = diagnosis.facts["data"];
  facts["images"] = set.looks.size();
  facts["readable"] = readable;
  facts["sizes"] = sizes.size();
  if (sizes.empty()) return;
  const auto range = [&](const char* name, int data::ImageSize::*edge) {
    std::vector<std::pair<int, int64_t>> edges;
    for (const auto& [size, count] : sizes) edges.emplace_back(size.*edge, count);
    std::sort(edges.begin(), edges.end());
    int64_t passed = 0;
    int median = 0;
    for (const auto& [value, count] : edges) {
      median = value;
      passed += count;
      if (2 * passed >= readable) break;
    }
    facts[name] = {
        {"least", edges.front().first}, {"median", median}, {"greatest", edges.back().first}};
  };
  range("width", &data::ImageSize::width);
  range("height", &data::ImageSize::height);
}

}  // namespace nasnet::doctor
