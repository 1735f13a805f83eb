# One certificate for what clients ask for wherever they are led (the global name), for this cloud, and for this cell.
# Apart from the cell, because its proof is written to a zone that all regions share before the cell can use it.
resource "aws_acm_certificate" "cell" {
  domain_name               = var.names.global
  subject_alternative_names = [var.names.cloud, var.names.cell]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}
