#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "nasnet/base/registry.h"
#include "nasnet/network/computation.h"
#include "nasnet/search/evaluators/evaluator.h"

namespace nasnet::search {

/// The circumstances in which an evaluator is made.
struct EvaluatorSetup {
  std::shared_ptr<const space::SearchSpace> space;
  std::string data;  ///< --data: a known name, a folder, an archive
  /// Folder for what a trial that stopped at a rung is resumed from, see RungCheckpoints; "": none.
  std::string checkpoints;
  uint64_t seed = 0;  ///< the study's
  network::DeviceChoice device = network::DeviceChoice::kCpu;
  int worker = 0;        ///< this process's number among those of the machine
  std::any opened = {};  ///< the data, where EvaluatorKind::open has read them already
};

/// The use that a study has for an evaluator beside its short trainings.
struct EvaluatorUse {
  network::DeviceChoice device = network::DeviceChoice::kAuto;
  int seeds = 0;   ///< longer trainings of each of the best candidates
  int sample = 0;  ///< candidates with a longer training, to compare both
};

/// A kind of evaluator, as --evaluator names it.
struct EvaluatorKind {
  std::string name;
  std::string help;      ///< in one line
  AnySettings settings;  ///< of its own, with their defaults
  std::function<bool(const space::SearchSpace& space)> serves;
  /// Throws InputError where its data cannot be had.
  std::function<std::unique_ptr<Evaluator>(const AnySettings& settings,
                                           const EvaluatorSetup& setup)>
      make;

  /// Evaluations are so short that processes of their own would only cost time.
  bool in_process = false;
  /// The epochs of a whole evaluation; 0, also where this is empty: it has none.
  std::function<int64_t(const AnySettings& settings)> epochs = {};
  /// Throws InputError for settings and uses that cannot be, before any data is read.
  std::function<void(const AnySettings& settings, const EvaluatorUse& use)> check = {};
  /// The meaning of the rewards in a report: lines that end with a line's end.
  std::function<std::string(const AnySettings& settings)> explain = {};
  /// Reads data that this kind is made for, and no other is; nothing where they are of another
  /// kind. --evaluator auto chooses the kind that has something. Throws as make does.
  std::function<std::any(const AnySettings& settings, const std::string& data)> open = {};
  /// The objective of studies that name none, where that is not the accuracy.
  std::string objective = {};
  /// It evaluates any cells, by cells_of() of its tasks, not only its space's candidates.
  bool takes_yardsticks = false;
  /// Gives settings that a study of an older version does not name the values that it was made
  /// with, where these are not the defaults.
  std::function<void(AnySettings& settings)> make_older = {};
};

/// All kinds of evaluators: first those of kinds/, one file each, then those that the program adds
/// with
///
///     search::evaluators().add({.name = "mine", .help = "...", .settings = MySettings(), ...});
///
/// before it reads settings: flags, files, help and stored studies then know them, and its workers,
/// which are the same program.
Registry<EvaluatorKind>& evaluators();

}  // namespace nasnet::search
