#pragma once

#include <map>
#include <string>
#include <vector>

#include "nasnet/exchange/pickle.h"
#include "nasnet/exchange/weight_file.h"

namespace nasnet::exchange {

/// The common part of PyTorch's two forms and pickles of NumPy's arrays: tensors that a pickle
/// describes, views of storages that are numbered and lie outside of it, or that lie in the pickle
/// itself.
class PickledFile : public WeightFile {
 public:
  TensorLayout layout() const override { return TensorLayout::kTorch; }

 protected:
  explicit PickledFile(std::string file) : file_(std::move(file)) {}
  /// Throws InputError where the pickle holds no tensors.
  void take_tensors(const Pickle& pickle);

  using Users = std::map<std::string, std::vector<size_t>>;
  /// By storage: those of the wanted tensors that look at it. Tensors in the pickle are not among
  /// them: they are handed on.
  Users users(const std::vector<size_t>& wanted, const Take& take) const;
  /// Hands on the tensors that look at this storage.
  void give(const std::string& storage, const std::vector<size_t>& users, const Take& take) const;
  const std::string& file() const { return file_; }

  std::map<std::string, uint64_t> storage_bytes_;

 private:
  void hand_on(size_t index, std::string_view storage, const Take& take) const;

  std::string file_;
  std::vector<PickledTensor> views_;
  std::shared_ptr<const std::string> text_;  // that the views of the pickle itself refer to
};

}  // namespace nasnet::exchange
