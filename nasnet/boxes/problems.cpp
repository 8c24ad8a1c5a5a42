#include "nasnet/boxes/problems.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"

// The words for all that can be wrong with a set of boxes, and the list that readers fill. Errors
// are collected like the rest, so that `nasnet data` can show all of them at once; the other verbs
// make an exception of the first by refuse_errors().

namespace nasnet::boxes {

const ProblemText& text_of(ProblemKind kind) {
  static const std::map<ProblemKind, ProblemText> kTexts = {
      {ProblemKind::kUnreadableFile,
       {"unreadable_file", "files of annotations that cannot be read", true}},
      {ProblemKind::kUnreadablePicture,
       {"unreadable_picture", "pictures that cannot be read", true}},
      {ProblemKind::kWrongSize,
       {"wrong_size", "pictures of another size than their annotation says", true}},
      {ProblemKind::kUnclearImage,
       {"unclear_image",
        "annotations that may be of several images, or images with several annotations", true}},
      {ProblemKind::kMissingImage,
       {"missing_image", "annotated images that are not there: left out"}},
      {ProblemKind::kUnlistedImage,
       {"unlisted_image", "images that no annotation names: left out"}},
      {ProblemKind::kUnsplitImage,
       {"unsplit_image", "annotated images that no list of ImageSets/Main names: left out"}},
      {ProblemKind::kMissingSplit, {"missing_split", "splits that are not there: left out"}},
      {ProblemKind::kRepeatedImage,
       {"repeated_image", "images that are listed twice in a split: each counts"}},
      {ProblemKind::kSharedImage,
       {"shared_image", "images that lie in two splits: measurements on them are flattered"}},
      {ProblemKind::kRepeatedId,
       {"repeated_id", "annotations with the id of another: each counts"}},
      {ProblemKind::kTextId, {"text_id", "ids that are written as text: read as numbers"}},
      {ProblemKind::kUnknownImage,
       {"unknown_image", "objects of an image that the file does not list: left out"}},
      {ProblemKind::kUnknownCategory,
       {"unknown_category", "objects of a category that the file does not list: left out"}},
      {ProblemKind::kRepeatedName,
       {"repeated_name", "categories with the name of another: they stay apart"}},
      {ProblemKind::kUnusedCategory, {"unused_category", "categories without objects"}},
      {ProblemKind::kNoNumbers, {"no_numbers", "boxes that are not four numbers: left out"}},
      {ProblemKind::kNoSize, {"no_size", "boxes without width or height: not trained on"}},
      {ProblemKind::kSwapped,
       {"swapped", "boxes whose right or lower edge comes first: not trained on"}},
      {ProblemKind::kOutside, {"outside", "boxes outside of their image: not trained on"}},
      {ProblemKind::kClipped,
       {"clipped", "boxes that reach over the edge of their image: training sees the part inside"}},
      {ProblemKind::kZeroBased,
       {"zero_based",
        "files whose boxes begin at 0, where Pascal VOC counts from 1: all boxes are "
        "taken as edges (--voc-origin 0)"}},
  };
  return kTexts.at(kind);
}

void Problems::add(ProblemKind kind, std::string sentence) {
  Found& found = found_[kind];
  // The count goes on: sets of a million bad boxes need no memory for as many sentences.
  if (++found.count <= static_cast<int64_t>(kMostKept))
    found.sentences.push_back(std::move(sentence));
}

int64_t Problems::count(ProblemKind kind) const {
  const auto found = found_.find(kind);
  return found == found_.end() ? 0 : found->second.count;
}

std::vector<std::string> Problems::summaries() const {
  std::vector<std::string> lines;
  for (const auto& [kind, found] : found_)
    lines.push_back(fmt::format("{} {}", thousands(found.count), text_of(kind).summary));
  return lines;
}

int64_t Problems::errors() const {
  int64_t errors = 0;
  for (const auto& [kind, found] : found_)
    // Counts, not sentences: of these only the first are kept.
    if (text_of(kind).error) errors += found.count;
  return errors;
}

void Problems::refuse_errors(const std::string& source) const {
  const auto first = std::find_if(found_.begin(), found_.end(),
                                  [](const auto& some) { return text_of(some.first).error; });
  if (first == found_.end()) return;
  const int64_t others = errors() - 1;
  throw InputError(fmt::format(
      "{}: {}{}; mend it, or leave it out with --skip-unreadable", source,
      first->second.sentences[0],
      others > 0 ? fmt::format(" (and {} more; `nasnet data` lists all)", others) : ""));
}

}  // namespace nasnet::boxes
