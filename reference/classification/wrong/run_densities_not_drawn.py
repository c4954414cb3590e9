"""
base: solution
breaks: [knn.density, knn.class_density]
says: No figure of p(x
only: [knn.density, knn.class_density]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_kneighbours, knn_density, knn_class_density, knn_class_density_readings]
"""
