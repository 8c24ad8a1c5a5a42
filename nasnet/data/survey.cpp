#include "nasnet/data/survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/data/placed.h"
#include "nasnet/data/read_source.h"

namespace nasnet::data {
namespace {

void place(const ArrangedTree& arranged, Survey& survey) {
  std::map<std::string, int> label_of;
  for (size_t k = 0; k < survey.classes.size(); ++k)
    label_of[survey.classes[k]] = static_cast<int>(k);
  for (const auto* images : {&arranged.arrangement.placed, &arranged.arrangement.set_aside})
    for (const Placed& image : *images) {
      // The validation split, which is not used, may have classes of its own.
      const auto [found, is_new] =
          label_of.emplace(image.label, static_cast<int>(survey.classes.size()));
      if (is_new) survey.classes.push_back(image.label);
      survey.images.push_back({image.file, -1, found->second, image.split});
    }
  std::stable_sort(
      survey.images.begin(), survey.images.end(),
      [](const SurveyedImage& a, const SurveyedImage& b) { return a.file->path < b.file->path; });
}

void take_arranged(ArrangedTree arranged, Survey& survey) {
  survey.unreadable = arranged.tree.unreadable;
  survey.classes = arranged.classes;
  place(arranged, survey);
  survey.ignored = arranged.tree.others;
  survey.left_out = arranged.arrangement.left_out;
  survey.notes = arranged.arrangement.notes;
  survey.tree = std::move(arranged.tree);  // its files stay where they are
}

/// All images are of one class, which has no name.
void take_unsorted(ImageTree tree, Survey& survey) {
  survey.unreadable = tree.unreadable;
  survey.ignored = tree.others;
  survey.classes = {""};
  std::sort(tree.images.begin(), tree.images.end(),
            [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; });
  survey.tree = std::move(tree);
  for (const ImageFile& file : survey.tree.images) survey.images.push_back({&file});
}

}  // namespace

Survey survey(const std::string& where) {
  Survey survey;
  bool is_held = true;
  const auto read = [&](bool sorted) {
    return read_source(where, [&](ImageTree tree, const std::string& source) {
      is_held = false;
      const bool empty = tree.images.empty();
      try {
        if (sorted)
          take_arranged(arrange_tree(std::move(tree), source, {}, &survey.gaps), survey);
        else
          take_unsorted(std::move(tree), survey);
      } catch (const InputError& error) {
        if (empty) throw;
        survey = {};
        survey.disorder = error.what();
      }
      return DataSet{.name = source, .source = source};
    });
  };
  DataSet set = read(true);
  if (!survey.disorder.empty()) read(false);  // it is listed again
  survey.name = set.name;
  survey.source = set.source;
  if (!is_held) return survey;
  survey.classes = set.classes;
  survey.ignored = set.ignored;
  survey.notes = set.notes;
  for (const auto& [images, split] :
       {std::pair(&set.train, Split::kTrain), std::pair(&set.test, Split::kTest)})
    for (int64_t i = 0; i < images->size(); ++i)
      survey.images.push_back({nullptr, i, images->labels[i], split});
  survey.held = std::move(set);
  return survey;
}

}  // namespace nasnet::data
