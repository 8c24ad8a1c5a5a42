#pragma once

#include <set>
#include <string>
#include <string_view>

namespace nasnet::data {

enum class Split { kNone, kTrain, kTest, kValidation };

/// The split that a folder, a file's stem or a value of a column names, in any case: train,
/// training, test, testing, val, valid, validation, dev, eval, evaluation, holdout; also with what
/// people put beside it: training_set, test-images, TrainData, val2017, train1.
Split split_named(std::string_view name);

/// The same among sibling folders, which may share a word: seg_train and seg_test, cats_training
/// and cats_testing. A word that one of them has alone (train_station) makes it no split.
Split split_among(const std::string& name, const std::set<std::string>& siblings);

/// True if the name says that pictures have no labels: unlabeled, Unlabelled_Images.
bool names_unlabelled(std::string_view name);

/// True if the name only counts, as that of a fold or a part does: 3, fold_1, batch2.
bool only_counts(std::string_view name);

/// In lower case; other letters than those of ASCII stay as they are.
std::string lower_case(std::string_view text);

}  // namespace nasnet::data
