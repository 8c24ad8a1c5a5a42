#include "nasnet/exchange/strangers.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/exchange/families.h"

// A file of tensors in which no network was found gets a sentence: first the known mistakes (an
// optimizer's state, an average without names, tensors that are numbered), then the general one.

namespace nasnet::exchange {
namespace {

/// Most of the tensors' names have one of the words.
bool most_say(const WeightFile& file, std::initializer_list<std::string_view> words) {
  const auto& tensors = file.tensors();
  const auto saying =
      std::count_if(tensors.begin(), tensors.end(), [&](const ForeignTensor& tensor) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
          return tensor.name.find(word) != std::string::npos;
        });
      });
  return 2 * saying > std::ssize(tensors);
}

/// Most of the tensors are only counted: "state.17".
bool most_are_numbered(const WeightFile& file) {
  const auto& tensors = file.tensors();
  const auto numbered =
      std::count_if(tensors.begin(), tensors.end(), [](const ForeignTensor& tensor) {
        return tensor.name.find_first_not_of("0123456789", tensor.name.rfind('.') + 1) ==
               std::string::npos;
      });
  return 2 * numbered > std::ssize(tensors);
}

}  // namespace

[[noreturn]] void refuse_strangers(const WeightFile& file, const ImportHints& hints) {
  constexpr const char* kRemedy =
      "import a file that holds the network's own, as torch.save(model.state_dict(), FILE) does";
  if (most_say(file, {"exp_avg", "momentum", "square_avg", "optimizer"}))
    throw InputError(
        fmt::format("it holds an optimizer's state, and not the network: {}", kRemedy));
  if (most_say(file, {"shadow_params"}))
    throw InputError(fmt::format(
        "it holds an average without the names of its tensors (torch_ema's), and no network that "
        "tells them: import a checkpoint that holds both, or {}",
        kRemedy));
  if (most_are_numbered(file))
    throw InputError(fmt::format("its {} tensors are numbered and have no names: {}",
                                 file.tensors().size(), kRemedy));
  const std::string network = hints.genotype ? hints.genotype->name : "NASNet-A or PNASNet-5";
  std::string some;
  for (size_t i = 0; i < std::min<size_t>(file.tensors().size(), 3); ++i)
    // Names show at a glance whose file it is.
    some += (i == 0 ? " (" : ", ") + file.tensors()[i].name;
  throw InputError(fmt::format(
      "these are no weights of {}{}: of {} tensors{} too few have a name that TF-slim, Keras, timm "
      "or Cadene give; --genotype, --stack, --cells and --filters describe another network",
      network, hints.stack ? " on the " + to_text(*hints.stack) + " stack" : "",
      file.tensors().size(), some.empty() ? "" : some + ", ...)"));
}

}  // namespace nasnet::exchange
