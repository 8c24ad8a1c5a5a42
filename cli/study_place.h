#pragma once

#include <string>

#include "nasnet/base/error.h"
#include "nasnet/base/settings.h"
#include "nasnet/search/study/search_settings.h"

namespace nasnet::cli {

/// The study that a verb looks at: named as `nasnet search` names it, or by a word.
struct StudyPlace {
  std::string store, study;
};

template <class Visitor>
void visit_settings(Visitor& v, StudyPlace& s) {
  v("store", s.store, "postgresql://USER@HOST/DATABASE that keeps the study; empty for a file")
      .as("URL");
  v("study", s.study, "the study's file, or its name in the --store, where no word names it")
      .as("FILE");
}

/// Takes the word that was given, or else the study that `nasnet search` makes where none is named.
/// Throws InputError where two are.
inline void settle_place(StudyPlace& place, const std::string& word) {
  if (!word.empty() && !place.study.empty())
    throw InputError("the study is named twice, by a word and by --study; leave one out");
  if (!word.empty()) place.study = word;
  if (place.study.empty()) place.study = search::SearchSettings().study_file;
}

}  // namespace nasnet::cli
