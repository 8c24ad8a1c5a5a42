#include "nasnet/data/read_picture.h"

#include "nasnet/base/error.h"

// One picture for the verbs that predict: a file that cannot be read is part of the answer, or ends
// it.

namespace nasnet::data {

std::optional<Image> read_picture(const ImageFile& file, bool skip_unreadable, std::string& fault) {
  try {
    return decode(file.read(), file.path);
  } catch (const Error& error) {
    const std::string why = error.what();
    // The message on an archive's member does not name it.
    fault = why.find(file.path) == std::string::npos ? file.path + ": " + why : why;
    if (!skip_unreadable) throw InputError(fault + "; leave such files out with --skip-unreadable");
    return std::nullopt;
  }
}

}  // namespace nasnet::data
