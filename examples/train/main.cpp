// Trains NASNet-A's cells on a folder of images, one sub-folder a class, and asks the model about a
// picture.
//
//     train my-images cat.jpg
#include <nasnet/error.h>
#include <nasnet/training.h>

#include <iostream>

int main(int argc, char** argv) try {
  if (argc != 3) throw nasnet::InputError("usage: train IMAGES PICTURE");
  const nasnet::DataSet data = nasnet::DataSet::load(argv[1]);
  nasnet::TrainingOptions options;
  options.cells = 1;
  options.filters = 8;
  options.settings = {{"epochs", 3}, {"batch", 16}};
  options.resume = true;
  options.after_epoch = [](const nasnet::Epoch& epoch) {
    std::cout << "epoch " << epoch.number << ": loss " << epoch.loss << "\n";
  };
  nasnet::Model model =
      nasnet::train_model(nasnet::load_genotype("nasnet-a"), data, "my-model", options);
  std::cout << "accuracy on test images: " << model.evaluate(data).accuracy() << "\n";
  for (const nasnet::Prediction& prediction : model.predict_files({argv[2]}))
    for (const nasnet::Guess& guess : prediction.guesses)
      std::cout << guess.label << ": " << guess.probability << "\n";
} catch (const nasnet::Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
