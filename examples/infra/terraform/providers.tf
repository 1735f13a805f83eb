# Credentials come from whoever runs this: a person's own login, or a pipeline's OIDC token. None stands here.

provider "azurerm" {
  subscription_id     = var.azure_subscription_id
  storage_use_azuread = true

  features {
    # Nothing of a storage account is made by its data plane, where neither an owner nor a pipeline has rights: the provider would ask it
    # for properties all the same, and fail. https://github.com/hashicorp/terraform-provider-azurerm/issues/27752
    storage {
      data_plane_available = false
    }
  }
}

provider "azuread" {}

# us-east-1, which also speaks for what is of no region: Route 53 and IAM.
provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}

# One for each further region that may have a cell: a provider cannot be made in a loop, so adding a region is copying
# one of these and one file region-….tf.

provider "aws" {
  alias  = "us_west_2"
  region = "us-west-2"

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "eu_west_1"
  region = "eu-west-1"

  default_tags {
    tags = local.tags
  }
}
