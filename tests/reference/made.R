# Makes made.csv and made.json: a small survey by seed, and what R's survey package says of it.
#   Rscript tests/reference/made.R     (in the repository; R 4.2.2, survey 4.1-1)
suppressMessages(library(survey))
set.seed(2023)
rows <- NULL
for (h in 1:4) {
  villages <- c(6, 3, 8, 2)[h]
  for (v in 1:villages) {
    n <- sample(4:9, 1)
    rows <- rbind(rows, data.frame(
      district = c("132", "133", "135", "136")[h], village = v, person = seq_len(n),
      villages = c(30, 12, 40, 9)[h], people = n + sample(10:30, 1),
      sex = sample(c("Nam", "Nữ"), n, TRUE), area = sample(1:3, n, TRUE),
      y = round(rnorm(n, 10 * h + v, 4), 3), x = round(runif(n, 1, 9), 3), q = rbinom(n, 1, 0.8)
    ))
  }
}
rows$drawn <- ave(rows$village, rows$district, FUN = function(v) length(unique(v)))
rows$w <- round(rows$villages / rows$drawn * rows$people / ave(rows$person, rows$district, rows$village, FUN = length), 6)
rows$share <- rows$drawn / rows$villages
rows$pi <- round(runif(nrow(rows), 0.05, 0.6), 4)
rows$y[sample(nrow(rows), 9)] <- NA
rows$id <- seq_len(nrow(rows))
for (r in 1:8) rows[[paste0("rep", r)]] <- round(rows$w * runif(nrow(rows), 0.5, 1.5), 5)
folder <- "tests/reference"
write.csv(rows, file.path(folder, "made.csv"), row.names = FALSE, na = "", fileEncoding = "UTF-8")
data <- read.csv(file.path(folder, "made.csv"), colClasses = c(district = "character"), encoding = "UTF-8")

designs <- list(
  nested = svydesign(~village, strata = ~district, weights = ~w, nest = TRUE, data = data),
  fpc = svydesign(~village, strata = ~district, weights = ~w, fpc = ~villages, nest = TRUE, data = data),
  fractions = svydesign(~village, strata = ~district, weights = ~w, fpc = ~share, nest = TRUE, data = data),
  stages = svydesign(~village + id, strata = ~district, weights = ~w, fpc = ~villages + people, nest = TRUE, data = data),
  inverse = svydesign(~village + id, strata = ~district, fpc = ~villages + people, nest = TRUE, data = data),
  elements = svydesign(~1, strata = ~district, weights = ~w, data = data),
  brewer = svydesign(~1, fpc = ~pi, pps = "brewer", data = data),
  brr = svrepdesign(weights = ~w, repweights = "rep[1-8]", type = "BRR", combined.weights = TRUE, data = data),
  fay = svrepdesign(weights = ~w, repweights = "rep[1-8]", type = "Fay", rho = 0.3, combined.weights = TRUE, data = data),
  jk1 = svrepdesign(weights = ~w, repweights = "rep[1-8]", type = "JK1", combined.weights = TRUE, data = data,
                    scale = 7 / 8, rscales = rep(1, 8)),
  bootstrap = svrepdesign(weights = ~w, repweights = "rep[1-8]", type = "bootstrap", combined.weights = TRUE, data = data)
)
lines <- character(0)
number <- function(x) if (length(x) == 0 || is.na(x)) "null" else sprintf("%.15g", x)
text <- function(x) if (is.null(x)) "null" else paste0('"', x, '"')
add <- function(design, what, of, value, se, level = NULL, by = NULL, domain = NULL, deff = NULL) {
  lines <<- c(lines, sprintf(
    '{"design": "%s", "what": "%s", "of": "%s", "level": %s, "by": %s, "domain": %s, "value": %s, "se": %s, "deff": %s}',
    design, what, of, text(level), text(by), text(domain), number(value), number(se), number(deff)
  ))
}
for (name in names(designs)) {
  d <- designs[[name]]
  replicated <- inherits(d, "svyrep.design")
  m <- svymean(~x, d, deff = !replicated)
  add(name, "mean", "x", coef(m), SE(m), deff = if (!replicated && name != "brewer") as.numeric(deff(m)))
  m <- svymean(~y, d, na.rm = TRUE)
  add(name, "mean", "y", coef(m), SE(m))
  m <- svytotal(~x, d)
  add(name, "total", "x", coef(m), SE(m))
  m <- svyratio(~x, ~q, d)
  add(name, "ratio", "x/q", coef(m), as.numeric(SE(m)))
  for (by in c("sex", "area")) {
    m <- svyby(~y, as.formula(paste0("~", by)), d, svymean, na.rm = TRUE)
    for (i in seq_len(nrow(m))) add(name, "mean", "y", coef(m)[i], SE(m)[i], by = by, domain = m[[by]][i])
    m <- svyby(~x, as.formula(paste0("~", by)), d, svytotal)
    for (i in seq_len(nrow(m))) add(name, "total", "x", coef(m)[i], SE(m)[i], by = by, domain = m[[by]][i])
  }
  if (name == "brewer") next # svyby has no covariances there
  m <- svyby(~x, ~sex, d, svymean, covmat = TRUE)
  contrast <- svycontrast(m, c(1, -1))
  add(name, "difference", "x:sex:Nam-Nữ", coef(contrast), as.numeric(SE(contrast)))
}
# lonely strata, in one domain and in all
small <- subset(data, !(district == "136" & village == 2))
for (lonely in c("remove", "certainty", "adjust", "average")) {
  options(survey.lonely.psu = lonely)
  d <- svydesign(~village, strata = ~district, weights = ~w, fpc = ~villages, nest = TRUE, data = small)
  m <- svymean(~x, d)
  add(lonely, "mean", "x", coef(m), SE(m))
  m <- svyby(~x, ~sex, d, svymean)
  for (i in seq_len(nrow(m))) add(lonely, "mean", "x", coef(m)[i], SE(m)[i], by = "sex", domain = m$sex[i])
}
writeLines(c('{"computed_with": "R 4.2.2 survey 4.1-1, made.R", "estimates": [', paste(lines, collapse = ",\n"), "]}"),
           file.path(folder, "made.json"), useBytes = TRUE)
