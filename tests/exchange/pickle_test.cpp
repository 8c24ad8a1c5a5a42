#include "nasnet/exchange/pickle.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"

namespace nasnet::exchange {
namespace {

using namespace std::string_literals;

std::string refusal(const std::string& bytes) {
  try {
    const Pickle pickle = unpickle(bytes, "x.pth");
    state_dict(pickle, "x.pth");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// A state dict {"w": tensor} whose storage has `elements` floats, as protocol 2 writes it.
std::string tensor_pickle(char elements, char offset, char edge, char stride) {
  return "\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storage"
         "ctorch\nFloatStorage\nX\x01\0\0\0"
         "0X\x03\0\0\0cpuK"s +
         elements + "tQK"s + offset + "K"s + edge + "\x85K"s + stride +
         "\x85\x89"
         "ccollections\nOrderedDict\n)RtRs."s;
}

TEST(Pickle, ReadsATensor) {
  const Pickle pickle = unpickle(tensor_pickle(7, 1, 3, 2), "x.pth");
  const auto tensors = state_dict(pickle, "x.pth");
  ASSERT_EQ(tensors.size(), 1u);
  EXPECT_EQ(tensors[0].first, "w");
  EXPECT_EQ(tensors[0].second.storage.key, "0");
  EXPECT_EQ(tensors[0].second.storage.type, "F32");
  EXPECT_EQ(tensors[0].second.storage.elements, 7u);
  EXPECT_EQ(tensors[0].second.offset, 1u);
  EXPECT_EQ(tensors[0].second.shape, std::vector<int64_t>{3});
  EXPECT_EQ(tensors[0].second.stride, std::vector<int64_t>{2});
}

TEST(Pickle, RefusesWhatIsNoTensor) {
  // os.system("echo"), in both ways of naming a function.
  EXPECT_NE(refusal("\x80\x02"s + "cos\nsystem\nX\x04\0\0\0echo\x85R."s).find("'os.system'"),
            std::string::npos);
  EXPECT_NE(
      refusal("\x80\x04\x8c\x02os\x8c\x06system\x93X\x04\0\0\0echo\x85R."s).find("'os.system'"),
      std::string::npos);
  EXPECT_NE(
      refusal("\x80\x02"s + "cbuiltins\neval\nX\x01\0\0\0"s + "1\x85R."s).find("'builtins.eval'"),
      std::string::npos);
  // torch's own functions other than the builders are refused as well.
  EXPECT_NE(refusal("\x80\x02"s + "ctorch\nload\n)R."s).find("'torch.load'"), std::string::npos);
  // Instances of classes, extension codes.
  EXPECT_NE(refusal("\x80\x02"s + "ccollections\nOrderedDict\n)\x81."s).find("0x81"),
            std::string::npos);
  EXPECT_NE(refusal("\x80\x02\x82\x01."s).find("0x82"), std::string::npos);
}

TEST(Pickle, RefusesTensorsBeyondTheirStorage) {
  EXPECT_EQ(refusal(tensor_pickle(7, 1, 3, 2)), "");
  EXPECT_EQ(refusal(tensor_pickle(6, 1, 3, 2)), "");  // 1, 3, 5
  EXPECT_NE(refusal(tensor_pickle(5, 1, 3, 2)).find("beyond its storage"), std::string::npos);
  // A stride of 0 repeats one number: more elements than are stored would be a bomb.
  EXPECT_NE(refusal(tensor_pickle(2, 0, 100, 0)).find("beyond its storage"), std::string::npos);
}

TEST(Pickle, EveryCutIsRefused) {
  const std::string whole = tensor_pickle(7, 1, 3, 2);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(refusal(whole.substr(0, length)), "") << length;
}

TEST(Pickle, BombsAreRefused) {
  // A list that is put into a dict again and again through the memo.
  std::string bomb = "\x80\x02]q\x00("s;
  for (int i = 0; i < 3000; ++i) bomb += "NN\x86"s;
  bomb += "e0"s;
  for (int i = 0; i < 5000; ++i) bomb += "ccollections\nOrderedDict\nh\x00\x85R0"s;
  EXPECT_NE(refusal(bomb + "N.").find("more values"), std::string::npos);
  EXPECT_NE(refusal("\x80\x02"s + std::string(1'000'000, 'N') + ".").find("more values"),
            std::string::npos);
}

TEST(Pickle, SaysWhereThereIsNoStateDict) {
  EXPECT_NE(refusal("\x80\x02K\x01.").find("no state dict"), std::string::npos);
  EXPECT_NE(refusal("\x80\x02}.").find("no state dict"), std::string::npos);
}

}  // namespace
}  // namespace nasnet::exchange
