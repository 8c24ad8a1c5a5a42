#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nasnet::boxes {

/// All that can be wrong with a set of boxes and does not keep it from being read.
enum class ProblemKind {
  // Errors: who trains or evaluates ends with them, before the first step.
  kUnreadableFile,     ///< a file of annotations, or a line of it
  kUnreadablePicture,  ///< its header
  kWrongSize,          ///< a picture of another size than its annotation says
  kUnclearImage,       ///< an annotated image that may be several files
  // The rest is left out, or taken as it is, and told of.
  kMissingImage,
  kUnlistedImage,
  kUnsplitImage,
  kMissingSplit,
  kRepeatedImage,
  kSharedImage,
  kRepeatedId,
  kTextId,
  kUnknownImage,
  kUnknownCategory,
  kRepeatedName,
  kUnusedCategory,
  kNoNumbers,
  kNoSize,
  kSwapped,
  kOutside,
  kClipped,
  kZeroBased,
};

/// A kind in words, declared once for text and JSON.
struct ProblemText {
  const char* name;     ///< in JSON: "no_size"
  const char* summary;  ///< after a number: "boxes without width or height: not trained on"
  bool error = false;
};
const ProblemText& text_of(ProblemKind kind);

/// Problems by kind. Of each kind the number is exact, and the first kMostKept have their sentence,
/// which names the file, the object or line, and the numbers.
class Problems {
 public:
  static constexpr size_t kMostKept = 1000;
  struct Found {
    int64_t count = 0;
    std::vector<std::string> sentences;
  };

  /// Counts one; the sentence is kept where there is room.
  void add(ProblemKind kind, std::string sentence);
  /// Takes a kind back that means nothing for what was read.
  void forget(ProblemKind kind) { found_.erase(kind); }
  const std::map<ProblemKind, Found>& found() const { return found_; }
  int64_t count(ProblemKind kind) const;
  /// A line a kind: "12 boxes without width or height: not trained on".
  std::vector<std::string> summaries() const;
  /// Of all kinds that are errors.
  int64_t errors() const;
  /// Throws InputError, opened by `source`, that tells of the first error and counts the others.
  void refuse_errors(const std::string& source) const;

 private:
  std::map<ProblemKind, Found> found_;
};

}  // namespace nasnet::boxes
