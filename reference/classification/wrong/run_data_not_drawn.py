"""
base: solution
breaks: [knn.plot]
says: No figure of the data set
only: [knn.plot]
drop: [lls_data, lls_plot, lls_accuracy, lls_boundary, lls_repeated, lls_findings, lls_singular, softmax_derivation, softmax_split, softmax_stable, softmax_gradient, softmax_training, softmax_curves, softmax_accuracy, softmax_scaling, softmax_repeated, softmax_findings, knn_plot, knn_kneighbours, knn_boundary, knn_all_points, knn_density, knn_class_density, knn_class_density_readings]
"""
